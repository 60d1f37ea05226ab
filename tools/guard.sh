#!/bin/sh
# Runs COMMAND and ends it (SIGTERM) when standard input ends: so it does when the parent dies, even by kill -9.
# Usage: guard.sh [--remove DIRECTORY] COMMAND [ARGUMENT]...
# DIRECTORY is removed when COMMAND has ended. Exit status: COMMAND's.
set -u
remove=
if [ "$1" = --remove ]; then
  remove=$2
  shift 2
fi

exec 3<&0
"$@" 3<&- </dev/null &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT HUP
(
  # The parent never writes: this waits for the end.
  read -r _ <&3
  kill -TERM "$child"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-

wait "$child"
status=$?
# A trap interrupts wait.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
kill "$watcher" 2>/dev/null
if [ -n "$remove" ]; then rm -rf "$remove"; fi
exit "$status"
