#!/bin/sh
# Makes .env with new secrets for docker-compose.yml, readable by this user alone. Never replaces one that is there.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
  echo ".env is there already: remove it first if its secrets are to be replaced." >&2
  exit 1
fi
hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
# Written beside and renamed: a full disk leaves no half of it.
cat > .env.new <<EOF
# Secrets of this installation. Keep it out of version control; docs/settings.md says what each is for.
MILLRACE_API_KEY=mr_$(hex)
MILLRACE_METRICS_KEY=$(hex)
MILLRACE_ORIGIN_SECRET=$(hex)
MILLRACE_TOKEN_KEYS=k1:$(hex)
MINIO_ROOT_USER=millrace
MINIO_ROOT_PASSWORD=$(hex)
EOF
mv .env.new .env
echo "Wrote .env. The API key for the millrace command:"
grep '^MILLRACE_API_KEY=' .env
