#!/bin/sh
# A Chromium for the browser tests: one that is there, else the system's package, else Playwright's own build.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium from the system's packages (apt-get) …"
  if (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null; then
    exit 0
  fi
fi
echo "Installing Chromium through Playwright …"
exec playwright install chromium
