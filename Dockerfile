# The service's image: Node, its libraries and one bundle; no shell, no package manager. docs/images.md explains it.
FROM node:26.10.0-bookworm AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The secret, usually absent, is a certificate authority that a proxy on the way to the registry is trusted by.
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --loglevel=error
COPY service/src service/src
COPY tools/image tools/image
RUN tools/image/assemble /image

FROM scratch
COPY --from=build /image /
ENV NODE_ENV=production
ARG VERSION=0.0.0-local
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="records" \
      org.opencontainers.image.description="Serves the records of a MongoDB collection over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/bin/node", "/app/healthcheck.mjs"]
# Megabytes: what a start makes needs no garbage collection then; under load V8 would grow to it anyway.
ENTRYPOINT ["/usr/bin/node", "--min-semi-space-size=32", "/app/start.cjs", "service"]
