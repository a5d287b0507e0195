#!/usr/bin/env bash
# Real servers on loopback for the tests of remote files, all they need in one folder: OpenStack Swift's s3api for S3,
# nginx for HTTP.
#   servers.sh install       installs both, and openssl for certificates, on Debian, as root
#   servers.sh start DIR     starts them on free ports and prints where they are, a JSON object
#   servers.sh stop DIR      ends what start has started
# DIR must be on a file system with extended attributes. Two users: test:tester (secret testing), who may do
# everything, and test:other (secret others), who may do nothing.
set -euo pipefail

install() {
  local packages=(nginx-light openssl swift-proxy swift-account swift-container swift-object python3-lxml) missing=() package
  for package in "${packages[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ "${#missing[@]}" -eq 0 ] && return
  apt-get update -qq
  # The packages start services of their own where they find an init system; these tests want none of them.
  local policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && trap "rm -f $policy" EXIT; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

free_ports() {
  /usr/bin/python3 - "$1" <<'P'
import socket, sys
held = [socket.create_server(('127.0.0.1', 0)) for _ in range(int(sys.argv[1]))]
print(*[s.getsockname()[1] for s in held])
P
}

# Swift looks for its settings in /etc/swift unless it is told otherwise before its other modules load.
swift_server() {
  setsid /usr/bin/python3 -c '
import runpy, sys
import swift.common.utils as utils
utils.SWIFT_CONF_FILE = sys.argv[1]
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$dir/swift.conf" "/usr/bin/swift-$1-server" "$dir/$1-server.conf" >"$dir/$1.log" 2>&1 </dev/null &
  echo $! >>"$dir/pids"
}

start() {
  dir=$1
  mkdir -p "$dir/www" "$dir/nginx" "$dir/store/disk"
  local user ports port name i=0
  user=$(id -un)
  read -ra ports < <(free_ports 5)
  : >"$dir/pids"
  cat >"$dir/swift.conf" <<C
[swift-hash]
swift_hash_path_prefix = a
swift_hash_path_suffix = b
[storage-policy:0]
name = one
default = yes
C
  for name in object container account; do
    port=${ports[$i]} i=$((i + 1))
    cat >"$dir/$name-server.conf" <<C
[DEFAULT]
devices = $dir/store
mount_check = false
bind_ip = 127.0.0.1
bind_port = $port
workers = 0
user = $user
swift_dir = $dir
log_level = WARNING
disable_fallocate = true
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
C
    { cd "$dir" && swift-ring-builder $name.builder create 3 1 1 && swift-ring-builder $name.builder add "r1z1-127.0.0.1:$port/disk" 1 &&
      swift-ring-builder $name.builder rebalance; } >"$dir/rings.log" 2>&1
    swift_server $name
  done
  cat >"$dir/proxy-server.conf" <<C
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[3]}
workers = 0
user = $user
swift_dir = $dir
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
check_bucket_owner = false
location = us-east-1
# Asked for by others; without a server behind it, it caches nothing.
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_other = others
$(for name in catch_errors gatekeeper listing_formats bulk copy slo dlo versioned_writes symlink; do printf '[filter:%s]\nuse = egg:swift#%s\n' $name $name; done)
C
  swift_server proxy
  cat >"$dir/nginx.conf" <<C
user $user;
worker_processes 1;
daemon off;
pid $dir/nginx/pid;
error_log $dir/nginx/error.log;
events { worker_connections 256; }
http {
  access_log $dir/nginx/access.log;
  client_body_temp_path $dir/nginx/body;
  proxy_temp_path $dir/nginx/proxy;
  fastcgi_temp_path $dir/nginx/fastcgi;
  uwsgi_temp_path $dir/nginx/uwsgi;
  scgi_temp_path $dir/nginx/scgi;
  sendfile on;
  server {
    listen 127.0.0.1:${ports[4]};
    root $dir/www;
    location /whole/ { alias $dir/www/; max_ranges 0; }
    location /moved/ { return 302 /\$arg_to; }
    location /secret/ { return 403; }
  }
}
C
  PATH=$PATH:/usr/sbin setsid nginx -c "$dir/nginx.conf" >"$dir/nginx.log" 2>&1 </dev/null &
  echo $! >>"$dir/pids"
  for port in "${ports[@]}"; do
    for i in $(seq 240); do
      (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
      sleep 0.25
    done
    echo "nothing answers at port $port; the logs in $dir say:" >&2
    tail -n 5 "$dir"/*.log "$dir/nginx/error.log" >&2 || true
    stop "$dir"
    exit 1
  done
  printf '{"s3":"http://127.0.0.1:%s","http":"http://127.0.0.1:%s","www":"%s","log":"%s"}\n' "${ports[3]}" "${ports[4]}" "$dir/www" "$dir/nginx/access.log"
}

# Ends them and waits until they are gone: their folder can be removed then.
stop() {
  local pid i
  while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$1/pids"
  while read -r pid; do
    for i in $(seq 40); do kill -0 "$pid" 2>/dev/null && sleep 0.25 || break; done
    kill -9 "$pid" 2>/dev/null || true
  done <"$1/pids"
}

case "${1:-}" in
install) install ;;
start) start "$2" ;;
stop) stop "$2" ;;
*) sed -n 2,8p "$0" && exit 2 ;;
esac
