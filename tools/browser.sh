#!/usr/bin/env bash
# The browser tests drive Debian's Chromium; install it where we may and it is missing.
set -euo pipefail
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
else
    echo "no chromium here: browser tests will fail; install it with: sudo apt-get install chromium" >&2
fi
