"""Django's templates as Python functions.

A list of fifty rows writes some two thousand small pieces, and Django asks each of them anew what
it is. Here that is asked once: when a template is first written, its nodes become the source of one
Python function, as other engines do it. What stands in a template and what it means stay Django's.
Only the commonest nodes are known here (texts, variables with filters, ``if``, ``for``, ``with``,
``include``, simple tags). Every other node is asked to write itself, and a variable that is
anything but a plain name with plain attributes (a method, a missing name) is looked up by Django's
own code. So both come out the same, and tests compare them.

``loader.py`` is what the settings name, ``source.py`` writes the functions, ``values.py`` is what
these call. While templates are debugged they are Django's alone, for its better messages.
"""
