// The load of `bench -- turn`: clients and their peers on loopback, a fixed number of packets in flight, each reply triggers the
// next packet. It spins instead of sleeping, so that the server never pays for waking it up. Driven by lines on stdin:
//   request I HEX   sends from client I and prints the answer in hexadecimal ("-" after a second without one)
//   run SIZE DEPTH  keeps DEPTH packets of SIZE bytes in flight for every client, by ChannelData on channel 0x4000
//   pause           stops that, and takes from the sockets what still comes; prints the same as count
//   count           prints the packets that were relayed so far, one way each, those that were sent anew after silence, and
//                   answers that were not what was sent
//   stop            ends
// First it prints {"clients":[ports],"peers":[ports]}.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PAIRS 64
#define BATCH 64
#define SLOT 2048
#define SILENCE_NS 50000000ull

typedef struct {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_in from[BATCH];
  uint8_t bytes[BATCH][SLOT];
} Batch;

typedef struct {
  int client;
  int peer;
  uint64_t heard_ns;
} Pair;

static Pair pairs[MAX_PAIRS];
static int pair_count;
static Batch batch;
static uint8_t packet[SLOT];
static int packet_bytes, depth;
static unsigned long long relayed, resent, wrong;

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_socket(int *port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int size = 8 << 20;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

static int receive(int fd) {
  for (int i = 0; i < BATCH; i++) {
    batch.parts[i].iov_len = SLOT;
    batch.messages[i].msg_hdr.msg_namelen = sizeof batch.from[i];
  }
  int count = recvmmsg(fd, batch.messages, BATCH, MSG_DONTWAIT, NULL);
  return count < 0 ? 0 : count;
}

static void send_all(int fd, int count) {
  for (int sent = 0; sent < count;) {
    int more = sendmmsg(fd, batch.messages + sent, (unsigned)(count - sent), 0);
    if (more > 0) {
      sent += more;
    } else if (errno != EAGAIN && errno != EINTR) {
      sent++;
    }
  }
}

/** The peer sends back what it gets, to where it came from. */
static int serve_peer(Pair *pair) {
  int count = receive(pair->peer);
  for (int i = 0; i < count; i++) {
    batch.parts[i].iov_len = batch.messages[i].msg_len;
    wrong += (int)batch.messages[i].msg_len != packet_bytes - 4;
  }
  send_all(pair->peer, count);
  return count;
}

/** The client sends a packet for each that came back. */
static int serve_client(Pair *pair) {
  int count = receive(pair->client);
  for (int i = 0; i < count; i++) {
    wrong += (int)batch.messages[i].msg_len != packet_bytes || memcmp(batch.bytes[i], packet, 4) != 0;
    batch.parts[i].iov_len = batch.messages[i].msg_len;
    batch.messages[i].msg_hdr.msg_namelen = 0;
  }
  for (int i = 0; i < count; i++) batch.messages[i].msg_hdr.msg_name = NULL;
  send_all(pair->client, count);
  for (int i = 0; i < count; i++) batch.messages[i].msg_hdr.msg_name = &batch.from[i];
  return count;
}

static void fill(Pair *pair, uint64_t at_ns) {
  for (int i = 0; i < depth; i++) send(pair->client, packet, (size_t)packet_bytes, 0);
  pair->heard_ns = at_ns;
}

static void request(char *line) {
  uint8_t bytes[SLOT];
  int which = 0, at = 0, length = 0;
  if (sscanf(line, "request %d %n", &which, &at) < 1 || which < 0 || which >= pair_count) fail("request");
  for (char *hex = line + at; sscanf(hex, "%2hhx", &bytes[length]) == 1 && length < SLOT - 1; hex += 2) length++;
  send(pairs[which].client, bytes, (size_t)length, 0);
  struct pollfd wait = {.fd = pairs[which].client, .events = POLLIN};
  if (poll(&wait, 1, 1000) < 1 || (length = (int)recv(wait.fd, bytes, sizeof bytes, MSG_DONTWAIT)) < 0) {
    printf("-\n");
    return;
  }
  for (int i = 0; i < length; i++) printf("%02x", bytes[i]);
  printf("\n");
}

/** Nothing is in flight any more. */
static void drain(void) {
  depth = 0;
  for (uint64_t end_ns = now_ns() + SILENCE_NS; now_ns() < end_ns;) {
    for (int i = 0; i < pair_count; i++) {
      receive(pairs[i].peer);
      relayed += (unsigned long long)receive(pairs[i].client);
    }
  }
}

static void print_count(void) {
  printf("{\"relayed\":%llu,\"resent\":%llu,\"wrong\":%llu}\n", relayed, resent, wrong);
}

static void run(char *line) {
  int size = 0;
  if (sscanf(line, "run %d %d", &size, &depth) < 2 || size < 1 || size > 1900) fail("run");
  packet_bytes = size + 4;
  memset(packet, 0x5a, sizeof packet);
  packet[0] = 0x40;
  packet[1] = 0;
  packet[2] = (uint8_t)(size >> 8);
  packet[3] = (uint8_t)size;
  uint64_t at_ns = now_ns();
  for (int i = 0; i < pair_count; i++) fill(&pairs[i], at_ns);
}

/** One line, read a byte at a time: nothing stays behind in a buffer that poll does not see. */
static int read_line(char *line, int size) {
  int length = 0;
  while (length < size - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
  line[length] = 0;
  return length;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int server_port = atoi(argv[1]);
  pair_count = atoi(argv[2]);
  if (pair_count < 1 || pair_count > MAX_PAIRS) return 2;
  int client_ports[MAX_PAIRS], peer_ports[MAX_PAIRS];
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  server.sin_port = htons((uint16_t)server_port);
  for (int i = 0; i < pair_count; i++) {
    pairs[i].client = open_socket(&client_ports[i]);
    pairs[i].peer = open_socket(&peer_ports[i]);
    if (connect(pairs[i].client, (struct sockaddr *)&server, sizeof server) < 0) fail("connect");
  }
  for (int i = 0; i < BATCH; i++) {
    batch.parts[i].iov_base = batch.bytes[i];
    batch.messages[i].msg_hdr.msg_iov = &batch.parts[i];
    batch.messages[i].msg_hdr.msg_iovlen = 1;
    batch.messages[i].msg_hdr.msg_name = &batch.from[i];
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("{\"clients\":[");
  for (int i = 0; i < pair_count; i++) printf("%s%d", i ? "," : "", client_ports[i]);
  printf("],\"peers\":[");
  for (int i = 0; i < pair_count; i++) printf("%s%d", i ? "," : "", peer_ports[i]);
  printf("]}\n");

  static char line[3 * SLOT];
  struct pollfd input = {.fd = 0, .events = POLLIN};
  for (unsigned turn = 0;; turn++) {
    // While it runs it must not sleep; before that it may.
    if ((depth == 0 || turn % 256 == 0) && poll(&input, 1, depth == 0 ? -1 : 0) > 0) {
      if (read_line(line, sizeof line) == 0 || strncmp(line, "stop", 4) == 0) return 0;
      if (strncmp(line, "request ", 8) == 0) request(line);
      if (strncmp(line, "run ", 4) == 0) run(line);
      if (strncmp(line, "pause", 5) == 0) drain();
      if (strncmp(line, "pause", 5) == 0 || strncmp(line, "count", 5) == 0) print_count();
    }
    if (depth == 0) continue;
    uint64_t at_ns = turn % 64 == 0 ? now_ns() : 0;
    for (int i = 0; i < pair_count; i++) {
      Pair *pair = &pairs[i];
      int count = serve_peer(pair) + serve_client(pair);
      relayed += (unsigned long long)count;
      if (count > 0) {
        pair->heard_ns = 0;
      } else if (at_ns > 0 && pair->heard_ns == 0) {
        pair->heard_ns = at_ns;
      } else if (at_ns > 0 && at_ns - pair->heard_ns > SILENCE_NS) {
        resent += (unsigned long long)depth;
        fill(pair, at_ns);
      }
    }
  }
}
