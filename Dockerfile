# posthog-mcp in an image that holds two files: the program, and the
# certificate authorities that PostHog's certificate is checked against. There
# is no shell, and nothing runs as root.
#
#   docker build -t posthog-mcp --build-arg VERSION="$(git describe --tags --always)" .
#   docker run -i --rm -e POSTHOG_PERSONAL_API_KEY posthog-mcp
#   docker run --rm -p 127.0.0.1:8080:8080 posthog-mcp http --addr 0.0.0.0:8080 --insecure-plain-http
#
# (The last one speaks plain HTTP to this machine alone; for others, see the
# flags for TLS.)
#
# `make image` makes such an image without an engine: check/release/image.sh has the
# same files and settings.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH make build BIN=/out

FROM scratch
ARG VERSION REVISION
LABEL org.opencontainers.image.title="posthog-mcp" \
      org.opencontainers.image.description="An MCP server for PostHog's subscriptions, users and recording sharing" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/posthog-mcp /usr/local/bin/posthog-mcp
ENV PATH=/usr/local/bin
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/posthog-mcp"]
CMD ["stdio"]
