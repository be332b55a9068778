# One image for every service; what a container runs is its command: node dist/{encoder,workers,delivery,edge}/main.js.
FROM node:22.21.1-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node_modules/.bin/tsc -p tsconfig.build.json \
 && node_modules/.bin/vite build --config web/vite.config.ts \
 && npm prune --omit=dev --no-audit --no-fund

FROM node:22.21.1-trixie-slim
# util-linux brings prlimit and coreutils nice: both are in the base image.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg bubblewrap \
 && rm -rf /var/lib/apt/lists/* \
 # Scratch and spool folders that the unprivileged user may write, also where they become volumes.
 && install -d -o node -g node -m 0700 /scratch /spool
WORKDIR /app
ENV NODE_ENV=production MILLRACE_HOST=0.0.0.0
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/scripts/setup ./scripts/setup
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "dist/cli/main.js", "--help"]
