import pytest

pytest.register_assert_rewrite("tests.properties.rules", "tests.support.machine")
