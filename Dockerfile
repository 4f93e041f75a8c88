# Sluice with one application, its components built, checked and transpiled beforehand:
#
#     docker build --build-arg APP=examples/orders --tag orders .
#     docker run --volume orders:/app/.sluice orders
#
# Sluice alone, to build upon:
#
#     docker build --target sluice --tag sluice .

# Any image with Node 26, npm, and a user `node`.
ARG NODE_IMAGE=node:26-bookworm-slim

FROM ${NODE_IMAGE} AS build
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
RUN ln -s /opt/sluice/dist/src/cli/main.js /usr/local/bin/sluice && mkdir /app && chown node:node /app
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
RUN node dist/src/cli/main.js --manifest app check --build

FROM sluice
COPY --from=app --chown=node:node /build/app ./
RUN ["sluice", "check"]
