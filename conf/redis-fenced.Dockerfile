# A container of a Redis server that starts fenced: see redis-fenced.conf. Build it in this folder:
#
#   docker build -f redis-fenced.Dockerfile -t redis-fenced .
#
# The same entry line goes into a Kubernetes manifest as "command".
FROM redis:7
COPY --chown=root:root --chmod=0444 redis-fenced.conf /etc/redis/redis-fenced.conf
RUN mkdir -p /var/lib/redis && chown redis:redis /var/lib/redis
USER redis
VOLUME /var/lib/redis
ENTRYPOINT ["redis-server", "/etc/redis/redis-fenced.conf", "--replicaof", "127.0.0.1", "1"]
