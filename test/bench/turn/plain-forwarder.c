// The plain C forwarder of `bench -- turn`: what a relay costs that checks nothing. A table by the client's port, epoll, batches of 64
// by recvmmsg and sendmmsg, the channel's header as a part of its own. Lines "CLIENT_PORT PEER_PORT" on stdin, "start" ends them.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define SLOT 2048
#define LISTENER 0xffffffffu

typedef struct {
  int fd;
  struct sockaddr_in client;
  struct sockaddr_in peer;
} Relay;

static Relay relays[64];
static unsigned relay_count;
static uint8_t relay_by_port[65536];
static struct mmsghdr incoming[BATCH], outgoing[BATCH];
static struct iovec in_parts[BATCH], out_parts[BATCH][2];
static struct sockaddr_in from[BATCH];
static uint8_t bytes[BATCH][SLOT], headers[BATCH][4];
static int listener;

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)port);
  return address;
}

static int open_socket(int port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int size = 8 << 20;
  struct sockaddr_in address = loopback(port);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    perror("bind");
    exit(1);
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return fd;
}

static int receive(int fd) {
  for (int i = 0; i < BATCH; i++) incoming[i].msg_hdr.msg_namelen = sizeof from[i];
  return recvmmsg(fd, incoming, BATCH, MSG_DONTWAIT, NULL);
}

static void from_clients(void) {
  int count = receive(listener);
  uint8_t done[BATCH] = {0};
  for (int first = 0; first < count; first++) {
    if (done[first]) continue;
    unsigned relay = relay_by_port[ntohs(from[first].sin_port)];
    unsigned out = 0;
    for (int i = first; i < count; i++) {
      if (done[i] || relay_by_port[ntohs(from[i].sin_port)] != relay) continue;
      done[i] = 1;
      unsigned length = (unsigned)(bytes[i][2] << 8 | bytes[i][3]);
      if (incoming[i].msg_len < 4 + length) continue;
      out_parts[out][0] = (struct iovec){bytes[i] + 4, length};
      outgoing[out].msg_hdr.msg_iovlen = 1;
      outgoing[out].msg_hdr.msg_name = &relays[relay].peer;
      out++;
    }
    if (out > 0) sendmmsg(relays[relay].fd, outgoing, out, 0);
  }
}

static void from_peer(Relay *relay) {
  int count = receive(relay->fd);
  for (int i = 0; i < count; i++) {
    unsigned length = incoming[i].msg_len;
    memcpy(headers[i], (uint8_t[]){0x40, 0, (uint8_t)(length >> 8), (uint8_t)length}, 4);
    out_parts[i][0] = (struct iovec){headers[i], 4};
    out_parts[i][1] = (struct iovec){bytes[i], length};
    outgoing[i].msg_hdr.msg_iovlen = 2;
    outgoing[i].msg_hdr.msg_name = &relay->client;
  }
  if (count > 0) sendmmsg(listener, outgoing, (unsigned)count, 0);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  listener = open_socket(atoi(argv[1]));
  int poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (int i = 0; i < BATCH; i++) {
    in_parts[i] = (struct iovec){bytes[i], SLOT};
    incoming[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1, .msg_name = &from[i]};
    outgoing[i].msg_hdr = (struct msghdr){.msg_iov = out_parts[i], .msg_namelen = sizeof from[i]};
  }
  printf("{\"ready\":true}\n");
  fflush(stdout);
  int client, peer;
  while (relay_count < 64 && scanf("%d %d", &client, &peer) == 2) {
    relays[relay_count] = (Relay){open_socket(0), loopback(client), loopback(peer)};
    relay_by_port[client] = (uint8_t)relay_count;
    event.data.u32 = relay_count;
    epoll_ctl(poller, EPOLL_CTL_ADD, relays[relay_count++].fd, &event);
  }
  printf("{\"started\":true}\n");
  fflush(stdout);
  struct epoll_event events[BATCH];
  for (;;) {
    int count = epoll_wait(poller, events, BATCH, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u32 == LISTENER) from_clients();
      else from_peer(&relays[events[i].data.u32]);
    }
  }
}
