"""Models: loading, preprocessing, predicting, training. Imported only by a child process or the command line."""
