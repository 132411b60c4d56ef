"""The one way in for files: recognise, map, check every row, commit, account for all, undo."""
