#!/bin/sh
# npm run demo: the highbank job, live in the terminal, on a machine of its own that is gone afterwards.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH # the project's own Node
job=${1:-jobs/highbank-pxe.json} machine=${2:-highbank-01} images=${3:-uboot-highbank,master-armhf,rootfs-armhf,kernel-armhf}
echo "Getting the emulated lab ready; the first time, images are built and kept in ${XDG_CACHE_HOME:-$HOME/.cache}/lab-dispatch."
lab/lab setup --images "$images"
directory=$(mktemp -d)
trap 'lab/lab down --dir "$directory/lab"; rm -rf "$directory/lab"' EXIT
trap : INT TERM # dispatch ends by itself, with the device off
port=$(node -e 'const s = require("dgram").createSocket("udp4"); s.bind(0, () => { console.log(s.address().port); s.close() })')
lab/lab up --dir "$directory/lab" --tftp-port "$port" "$machine" > /dev/null
status=0
node src/cli.ts "$job" --lab "$directory/lab/lab.json" --output-dir "$directory/output" || status=$?
exit "$status"
