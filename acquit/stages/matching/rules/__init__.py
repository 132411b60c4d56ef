"""Which money settles what: the door is :func:`acquit.stages.matching.rules.engine.answer`."""
