# Sluice with one application, its components built, checked and transpiled beforehand:
#
#     docker build --build-arg APP=examples/orders --tag orders .
#     docker run --read-only --tmpfs /tmp --volume orders:/app/.sluice orders
#
# Sluice alone, to build upon:
#
#     docker build --target sluice --tag sluice .
#
# The base image is named by its digest, so that every build has the same one. The newest digest of the tag, for --build-arg NODE_IMAGE=…:
#
#     docker buildx imagetools inspect node:26-bookworm-slim --format 'node@{{.Manifest.Digest}}'

# node:26-bookworm-slim. Any image with Node 26, npm, and a user `node` will do.
ARG NODE_IMAGE=node@sha256:367679cf9792759492a486e4aa4b421764d71a9546a6dae8aab81a99eb797b3e

FROM ${NODE_IMAGE} AS build
ARG NODE_IMAGE
# `yes`: a tag will do, which may mean another image tomorrow.
ARG UNPINNED=no
RUN case "$UNPINNED $NODE_IMAGE" in yes\ *|*@sha256:*) ;; *) echo "NODE_IMAGE=$NODE_IMAGE has no digest: see the top of the Dockerfile, or give --build-arg UNPINNED=yes" >&2; exit 1;; esac
# A mirror, where the public registry can't be reached.
ARG NPM_CONFIG_REGISTRY
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json README.md LICENSE ./
COPY scripts scripts
COPY wit wit
COPY triggers triggers
COPY src src
RUN npm run build

FROM build AS production
RUN npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE} AS sluice
ENV NODE_ENV=production
WORKDIR /opt/sluice
COPY --from=production /build/package.json /build/LICENSE ./
COPY --from=production /build/node_modules node_modules
COPY --from=production /build/wit wit
COPY --from=production /build/dist dist
# Only the state may be written: not the code, not the application.
RUN ln -s /opt/sluice/dist/src/cli/main.js /usr/local/bin/sluice && mkdir -p /app/.sluice && chown node:node /app/.sluice
WORKDIR /app
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:9464/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm between: SIGTERM reaches Sluice, which drains.
ENTRYPOINT ["node", "/opt/sluice/dist/src/cli/main.js"]
CMD ["up", "--no-build"]

FROM build AS app
ARG APP
COPY ${APP} app
RUN node dist/src/cli/main.js --manifest app check --build && rm -rf app/.sluice

FROM sluice
USER root
COPY --from=app /build/app ./
# Root's, and beside the state: what runs as Sluice can't be changed by what Sluice runs.
ENV SLUICE_CACHE_DIR=/opt/sluice/cache
RUN sluice check && chmod -R a+rX,go-w /app /opt/sluice/cache
USER node
