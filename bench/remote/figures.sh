#!/usr/bin/env bash
# Reading and writing through a network beside a local run, by turns: bench/remote/figures.sh SCENE.tif [ROUNDS]
# Beside them a Python program that reads through GDAL's /vsicurl. Needs `npm run build`, nginx, and what bench/peers.py needs.
set -euo pipefail
scene=$(realpath "$1") rounds=${2:-2}
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$dir"' EXIT

port=$(/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$dir/nginx"
cat >"$dir/nginx.conf" <<C
user $(id -un); worker_processes 1; daemon off; pid $dir/nginx/pid; error_log $dir/nginx/error.log;
events { worker_connections 256; }
http {
  access_log off; sendfile on;
  client_body_temp_path $dir/nginx/a; proxy_temp_path $dir/nginx/b; fastcgi_temp_path $dir/nginx/c;
  uwsgi_temp_path $dir/nginx/d; scgi_temp_path $dir/nginx/e;
  server { listen 127.0.0.1:$port; root $(dirname "$scene"); }
}
C
PATH=$PATH:/usr/sbin nginx -c "$dir/nginx.conf" &
pids+=($!)
# A program that prints its port.
serve() {
  /usr/bin/python3 "$@" >"$dir/port" &
  pids+=($!)
  until [ -s "$dir/port" ]; do sleep 0.05; done
  far=$(cat "$dir/port")
  : >"$dir/port"
}
serve "$here/bench/remote/relay.py" "$port"
read_from=$far
serve "$here/bench/remote/parts_sink.py"
serve "$here/bench/remote/relay.py" "$far"
export AWS_ENDPOINT_URL=http://127.0.0.1:$far AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b

measure() {
  local started=$EPOCHREALTIME
  "${@:2}" >/dev/null
  awk -v what="$1" -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%-8s %.2f s\n", what, b - a }'
}
rastq=(node "$here/bin/rastq.js" normalize -j 2 --overwrite --quiet)
name=$(basename "$scene")
for _ in $(seq "$rounds"); do
  measure local "${rastq[@]}" "$scene" "$dir/out.tif"
  measure read "${rastq[@]}" "http://127.0.0.1:$read_from/$name" "$dir/out.tif"
  measure written "${rastq[@]}" "$scene" s3://bucket/out.tif
  measure vsicurl /usr/bin/python3 "$here/bench/peers.py" queue "/vsicurl/http://127.0.0.1:$read_from/$name" "$dir/python.tif" 2
done
