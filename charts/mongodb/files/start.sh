#!/bin/bash
# Starts the official image's entrypoint with the arguments given. That makes the users at the first start only, and
# takes a folder with data in it for one that has them: a first start that was cut short would leave a server that nobody
# can log in to. So a mark stands while the first start goes on (users.js takes it away); where it is found, nobody but
# this container ever reached the server, and the start begins anew.
set -euo pipefail

mark=$DATA/.first-start
if [[ -e $mark ]]; then
  echo 'the first start was cut short: beginning anew'
  find "$DATA" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
fi
if [[ ! -e $DATA/WiredTiger ]]; then
  echo 'first start: the users will be made'
  touch "$mark"
fi
exec docker-entrypoint.sh mongod "$@"
