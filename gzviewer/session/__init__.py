"""The few things that change while the program runs, as Qt objects that say so by signal."""
