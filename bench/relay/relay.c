/*
 * The least that a sharing proxy for RESP can do, to measure ours by: one thread, epoll, one connection to the
 * server for all clients. Requests are framed and passed on, replies are framed and given back in order; nothing
 * is looked up, checked, held or counted. Kept only for bench/compare.
 *
 * usage: relay PORT SERVER-PORT        (both on 127.0.0.1)
 *
 * It trusts both sides: a frame that is none ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define EVENTS 1024

typedef struct {
  char *bytes;
  size_t start, end, capacity;
} buffer;

typedef struct {
  int fd; /* -1 once it is gone; it is freed when the replies it waits for have come */
  unsigned long waiting;
  int dirty, wants_write;
  buffer in, out;
} peer;

typedef struct {
  peer *client;
  unsigned long count;
} owed;

static int epoll;
static peer server = {.fd = -1};
static owed *ring;
static size_t ring_head, ring_size, ring_capacity = 1024;
static peer **dirty;
static size_t dirty_size, dirty_capacity = 1024;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *reallocated(void *old, size_t bytes) {
  void *made = realloc(old, bytes);
  if (made == NULL) fail("realloc");
  return made;
}

/* Room for more bytes behind the end. */
static char *room(buffer *in, size_t more) {
  if (in->start == in->end) in->start = in->end = 0;
  if (in->capacity - in->end < more) {
    memmove(in->bytes, in->bytes + in->start, in->end - in->start);
    in->end -= in->start;
    in->start = 0;
    if (in->capacity - in->end < more) {
      in->capacity = (in->end + more) * 2;
      in->bytes = reallocated(in->bytes, in->capacity);
    }
  }
  return in->bytes + in->end;
}

static void append(buffer *to, const char *bytes, size_t length) {
  memcpy(room(to, length), bytes, length);
  to->end += length;
}

/* Behind the line end of the line at `at`, or NULL if it is not all here; its number in *number. */
static const char *line(const char *at, const char *end, long *number) {
  long value = 0;
  int negative = 0;
  for (const char *p = at + 1; p < end; p++) {
    if (*p == '\r') {
      if (p + 1 >= end) return NULL;
      *number = negative ? -value : value;
      return p + 2;
    }
    if (*p == '-') negative = 1;
    else value = value * 10 + (*p - '0');
  }
  return NULL;
}

/* Behind the value at `at`, or NULL if it is not all here. */
static const char *value(const char *at, const char *end) {
  long left = 1;
  while (left > 0) {
    long number;
    if (at >= end) return NULL;
    char type = *at;
    if (type != '$' && type != '*') {
      const char *newline = memchr(at, '\n', (size_t)(end - at));
      if (newline == NULL) return NULL;
      at = newline + 1;
    } else {
      const char *next = line(at, end, &number);
      if (next == NULL) return NULL;
      at = next;
      if (type == '$' && number >= 0) {
        if (end - at < number + 2) return NULL;
        at += number + 2;
      } else if (type == '*' && number > 0) {
        left += number;
      }
    }
    left--;
  }
  return at;
}

static void owe(peer *client, unsigned long count) {
  client->waiting += count;
  if (ring_size > 0) {
    owed *last = &ring[(ring_head + ring_size - 1) % ring_capacity];
    if (last->client == client) {
      last->count += count;
      return;
    }
  }
  if (ring_size == ring_capacity) {
    owed *wider = reallocated(NULL, ring_capacity * 2 * sizeof(owed));
    for (size_t i = 0; i < ring_size; i++) wider[i] = ring[(ring_head + i) % ring_capacity];
    free(ring);
    ring = wider;
    ring_head = 0;
    ring_capacity *= 2;
  }
  ring[(ring_head + ring_size++) % ring_capacity] = (owed){client, count};
}

static void mark(peer *who) {
  if (who->dirty) return;
  who->dirty = 1;
  if (dirty_size == dirty_capacity) {
    dirty_capacity *= 2;
    dirty = reallocated(dirty, dirty_capacity * sizeof(peer *));
  }
  dirty[dirty_size++] = who;
}

static void watch(peer *who, int operation) {
  struct epoll_event event = {.events = EPOLLIN | (who->wants_write ? EPOLLOUT : 0), .data.ptr = who};
  if (epoll_ctl(epoll, operation, who->fd, &event) != 0) fail("epoll_ctl");
}

static void free_if_over(peer *client) {
  if (client->fd < 0 && client->waiting == 0 && !client->dirty) {
    free(client->in.bytes);
    free(client->out.bytes);
    free(client);
  }
}

static void gone(peer *who) {
  if (who == &server) {
    fprintf(stderr, "the server closed the connection\n");
    exit(1);
  }
  close(who->fd);
  who->fd = -1;
}

static void flush(peer *who) {
  buffer *out = &who->out;
  while (who->fd >= 0 && out->start < out->end) {
    ssize_t sent = send(who->fd, out->bytes + out->start, out->end - out->start, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) gone(who);
      break;
    }
    out->start += (size_t)sent;
  }
  int wants = who->fd >= 0 && out->start < out->end;
  if (who->fd >= 0 && wants != who->wants_write) {
    who->wants_write = wants;
    watch(who, EPOLL_CTL_MOD);
  }
}

/* Reads what is there; 0 if nothing is to be done with it. */
static int receive(peer *who) {
  char *at = room(&who->in, READ_BYTES);
  ssize_t got = recv(who->fd, at, READ_BYTES, 0);
  if (got > 0) {
    who->in.end += (size_t)got;
    return 1;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) gone(who);
  return 0;
}

static void on_client(peer *client) {
  if (!receive(client)) {
    free_if_over(client);
    return;
  }
  const char *begin = client->in.bytes + client->in.start, *end = client->in.bytes + client->in.end;
  const char *at = begin, *next;
  unsigned long count = 0;
  while (at < end && (next = value(at, end)) != NULL) {
    at = next;
    count++;
  }
  if (count > 0) {
    append(&server.out, begin, (size_t)(at - begin));
    client->in.start += (size_t)(at - begin);
    owe(client, count);
    mark(&server);
  }
}

static void on_server(void) {
  if (!receive(&server)) return;
  const char *at = server.in.bytes + server.in.start, *end = server.in.bytes + server.in.end, *next = at;
  while (next != NULL && at < end) {
    if (ring_size == 0) {
      fprintf(stderr, "a reply that nobody waits for\n");
      exit(1);
    }
    owed *head = &ring[ring_head];
    const char *from = at;
    unsigned long count = 0;
    while (count < head->count && at < end && (next = value(at, end)) != NULL) {
      at = next;
      count++;
    }
    if (count > 0) {
      peer *client = head->client;
      client->waiting -= count;
      if (client->fd >= 0) {
        append(&client->out, from, (size_t)(at - from));
        mark(client);
      }
      head->count -= count;
      if (head->count == 0) {
        ring_head = (ring_head + 1) % ring_capacity;
        ring_size--;
      }
      free_if_over(client);
    }
  }
  server.in.start = (size_t)(at - server.in.bytes);
}

static struct sockaddr_in local(const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void add(peer *who) {
  int one = 1;
  setsockopt(who->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  watch(who, EPOLL_CTL_ADD);
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    peer *client = reallocated(NULL, sizeof *client);
    *client = (peer){.fd = fd};
    add(client);
  }
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: relay PORT SERVER-PORT\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  ring = reallocated(NULL, ring_capacity * sizeof(owed));
  dirty = reallocated(NULL, dirty_capacity * sizeof(peer *));
  epoll = epoll_create1(0);
  struct sockaddr_in to = local(words[2]), on = local(words[1]);
  server.fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(server.fd, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&on, sizeof on) != 0 || listen(listener, 1024) != 0) fail("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
  add(&server);
  for (;;) {
    struct epoll_event ready[EVENTS];
    int events = epoll_wait(epoll, ready, EVENTS, -1);
    if (events < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < events; i++) {
      peer *who = ready[i].data.ptr;
      if (who == NULL) {
        accept_all(listener);
      } else {
        if (ready[i].events & EPOLLOUT) mark(who);
        if (!(ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
        if (who == &server) on_server();
        else on_client(who);
      }
    }
    for (size_t i = 0; i < dirty_size; i++) {
      peer *who = dirty[i];
      flush(who);
      who->dirty = 0;
      if (who != &server) free_if_over(who);
    }
    dirty_size = 0;
  }
}
