#!/usr/bin/env bash
# Build the documentation with the locked packages of the group docs.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/certificates.sh
uv=$(command -v uv || echo .tools/bin/uv)
# Its advertisement of a successor is no news of ours.
export NO_MKDOCS_2_WARNING=1
"$uv" run --locked --group docs mkdocs build --strict "$@"
