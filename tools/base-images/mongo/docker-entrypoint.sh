#!/usr/bin/env bash
# The contract of the official entrypoint, as far as the project relies on it: mongod runs as the user mongodb and listens
# everywhere; on an empty volume the scripts of /docker-entrypoint-initdb.d run first, against one on 127.0.0.1 alone.
set -Eeuo pipefail

if [[ $1 == mongod && $(id -u) == 0 ]]; then
  chown -R mongodb /data/db
  exec setpriv --reuid=mongodb --regid=mongodb --clear-groups "${BASH_SOURCE[0]}" "$@"
fi

if [[ $1 == mongod && -z $(ls -A /data/db) ]]; then
  # Unset as long as the scripts run: killed half-way, the next start begins again.
  trap 'rm -rf /data/db/*' ERR
  mongod --bind_ip 127.0.0.1 > >(read -r _ && echo listening >/tmp/first-start) &
  server=$!
  until [[ -s /tmp/first-start ]]; do
    kill -0 "$server" 2>/dev/null || { echo 'mongod did not start' >&2; exit 1; }
    sleep 0.1
  done
  for script in /docker-entrypoint-initdb.d/*.sh; do
    # The official entrypoint, too, runs what is executable and reads the rest.
    # shellcheck source=/dev/null
    if [[ -x $script ]]; then "$script"; else . "$script"; fi
  done
  kill -TERM "$server"
  wait "$server" || true
fi
[[ $* != mongod* || $* == *--bind_ip* ]] || set -- "$@" --bind_ip_all
exec "$@"
