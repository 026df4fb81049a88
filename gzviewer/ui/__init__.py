"""Views: they are given the session's objects, draw them, and never talk to each other."""
