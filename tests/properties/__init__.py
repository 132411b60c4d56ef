import pytest

pytest.register_assert_rewrite(
    "tests.properties.rules", "tests.properties.selling", "tests.support.machine"
)
