#!/usr/bin/env bash
# Install the locked dependencies into .venv; get uv first where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/certificates.sh
if ! command -v uv >/dev/null 2>&1 && [ ! -x .tools/bin/uv ]; then
    echo "installing uv"
    if ! python3 -m venv .tools 2>/dev/null; then
        # Debian keeps venv in a package of its own.
        rm -rf .tools
        if [ "$(id -u)" = 0 ]; then
            apt-get update -q && apt-get install -y -q python3-venv
            python3 -m venv .tools
        else
            python3 -m pip install --quiet --target .tools/lib uv
            mkdir -p .tools/bin && ln -sf ../lib/bin/uv .tools/bin/uv
        fi
    fi
    [ -x .tools/bin/uv ] || .tools/bin/pip install --quiet uv
fi
uv=$(command -v uv || echo .tools/bin/uv)
echo "installing the locked packages"
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --locked --quiet
