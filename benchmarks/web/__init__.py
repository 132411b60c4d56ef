"""J6: pages under load, served as in production."""
