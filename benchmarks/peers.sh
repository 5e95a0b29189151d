#!/usr/bin/env bash
# SASRec and GRU4Rec from RecTools, in an environment of their own: it asks for NumPy below 2.
#   benchmarks/peers.sh sasrec --sequences F --out benchmarks/peers.json --work DIR
#   PEERS_ENV=DIR benchmarks/peers.sh gru4rec ...    keeps the environment in DIR
# Everything after the name is peers.py's (--help); a run that was stopped goes on from --work.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=../bin/_python
. "$here/bin/_python"

if [ -n "${PEERS_ENV:-}" ]; then
  environment="$PEERS_ENV"
else
  environment="$(mktemp -d)"
  trap 'rm -rf "$environment"' EXIT
fi
if [ ! -e "$environment/ready" ]; then
  "$python" -m venv "$environment"
  # The newest releases on NumPy 1. Torch uses a GPU where there is one.
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    "rectools[torch]==0.19.0" "torch==2.13.0" "numpy==1.26.4" "pyarrow==21.0.0" \
    "pandas==2.3.3" "setuptools<80"
  touch "$environment/ready"
fi
export OMP_WAIT_POLICY=passive PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
"$environment/bin/python" -W ignore "$here/benchmarks/peers.py" "$@"
