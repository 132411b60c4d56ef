"""Files of others are opened in a process with limits, never in the one that serves people.

``door`` is what the program calls. ``child`` is the process behind it; ``attached`` and ``paper``
run inside of it, and only there: they hand a file's bytes to large native libraries. What comes
back is data, never code.
"""
