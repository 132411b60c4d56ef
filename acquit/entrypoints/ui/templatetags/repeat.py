"""``{% load repeat %}`` gives ``{% repeat "template.html" rows %}`` to the page of a long list."""

from __future__ import annotations

from django import template

from acquit.entrypoints.ui.components.repeat import repeat

register = template.Library()
register.simple_tag(repeat)
