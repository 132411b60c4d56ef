"""The open benchmark of cash application: generator, truth, scorer, baselines. See README.md."""
