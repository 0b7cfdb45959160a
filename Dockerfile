# Built in one image and run in another, which holds the program and the roots of TLS.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY entity entity
COPY migration migration
COPY src src
COPY static static
COPY templates templates
RUN cargo build --release --locked --bin deskbell

FROM debian:bookworm-slim
# The roots of TLS are to be the newest, whichever those are.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/deskbell
COPY --from=build /build/target/release/deskbell /usr/local/bin/deskbell
USER 10001:10001
# What nobody sets elsewhere is kept in `data` below here: SQLite, and secrets that were made.
WORKDIR /var/lib/deskbell
ENV BIND_ADDR=0.0.0.0:8000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${BIND_ADDR##*:} && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/usr/local/bin/deskbell"]
CMD ["serve"]
