#!/usr/bin/env bash
# Run by the official image's entrypoint on an empty volume, while mongod listens on 127.0.0.1 alone and without login.
set -euo pipefail
MONGODB_URI="mongodb://127.0.0.1:27017/${MONGO_INITDB_DATABASE:-records}" \
  /usr/local/bin/node /app/start.cjs seed /dataset/restaurants.ndjson --manifest /dataset/restaurants.json
