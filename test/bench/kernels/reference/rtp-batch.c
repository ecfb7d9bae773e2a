// RTP parse and rewrite as C does it: the same records, descriptors and headers as kernels rtp-parse and rtp-rewrite, on
// the same slots. The bench compiles it with `cc -O3 -march=native` where there is a compiler.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BATCH = 64, SLOT = 2048, HEADROOM = 128 };
enum { RTP, RTCP, SHORT, VERSION, CSRC, EXTENSION, PADDING, RTCP_LENGTH };

typedef struct {
  uint32_t offset, length, header_length, flags;
} descriptor;

typedef struct {
  uint32_t octets, timestamp, ssrc, packet;
  uint16_t header_length, payload_length;
  uint8_t padding, csrc_count;
  uint16_t profile;
  uint8_t status, found;
  uint16_t unused;
  uint32_t sent;
  struct {
    uint16_t offset, length;
  } columns[8];
} record;

static uint8_t slots[BATCH * SLOT];
static descriptor saved[BATCH], descriptors[BATCH];
static record records[BATCH];
static uint32_t counters[8];
static uint8_t columns[256], maps[2][136];
static uint32_t ssrcs[2];
static int turn;

static uint16_t read16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return __builtin_bswap16(value);
}

static uint32_t read32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return __builtin_bswap32(value);
}

static void write32(uint8_t *at, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(at, &value, 4);
}

static int parse_rtcp(const uint8_t *packet, size_t length, record *into) {
  if (packet[0] >> 6 != 2) {
    return VERSION;
  }
  size_t at = 0;
  uint32_t count = 0;
  while (length - at >= 4) {
    size_t bytes = 4 + 4 * (size_t)read16(packet + at + 2);
    if (packet[at] >> 6 != 2 || bytes > length - at) {
      return RTCP_LENGTH;
    }
    at += bytes;
    count++;
  }
  if (at != length || count == 0) {
    return RTCP_LENGTH;
  }
  into->octets = read32(packet);
  into->timestamp = count;
  into->ssrc = length < 8 ? 0 : read32(packet + 4);
  into->payload_length = length;
  return RTCP;
}

static int file(record *into, uint32_t column, size_t offset, size_t length) {
  if (column >= 8 || (into->found >> column & 1) != 0) {
    return 0;
  }
  into->found |= 1 << column;
  into->columns[column].offset = offset;
  into->columns[column].length = length;
  return 1;
}

static void walk(uint8_t *packet, size_t at, size_t end, int one_byte, record *into) {
  while (at < end) {
    uint32_t octet = packet[at];
    if (octet == 0) {
      at++;
      continue;
    }
    uint32_t id = one_byte ? octet >> 4 : octet;
    size_t value = at + (one_byte ? 1 : 2);
    if (value > end || (one_byte && (id == 0 || id == 15))) {
      break;
    }
    size_t length = one_byte ? (octet & 15) + 1 : packet[at + 1];
    if (value + length > end) {
      break;
    }
    if (!file(into, columns[id], value, length)) {
      memset(packet + at, 0, value + length - at);
    }
    at = value + length;
  }
  memset(packet + at, 0, end > at ? end - at : 0);
}

static int parse_rtp(uint8_t *packet, size_t length, record *into) {
  if (length < 12) {
    return SHORT;
  }
  if (packet[0] >> 6 != 2) {
    return VERSION;
  }
  uint32_t csrc_count = packet[0] & 15, profile = 0;
  size_t header = 12 + 4 * csrc_count, block = header, padding = 0;
  if (header > length) {
    return CSRC;
  }
  if (packet[0] & 0x10) {
    block += 4;
    if (block > length) {
      return EXTENSION;
    }
    profile = read16(packet + header);
    header = block + 4 * (size_t)read16(packet + header + 2);
    if (header > length) {
      return EXTENSION;
    }
  }
  if (packet[0] & 0x20) {
    padding = header < length ? packet[length - 1] : 0;
    if (padding == 0 || header + padding > length) {
      return PADDING;
    }
  }
  into->octets = read32(packet);
  into->timestamp = read32(packet + 4);
  into->ssrc = read32(packet + 8);
  into->header_length = header;
  into->payload_length = length - header - padding;
  into->padding = padding;
  into->csrc_count = csrc_count;
  into->profile = profile;
  if (profile == 0xbede) {
    walk(packet, block, header, 1, into);
  } else if ((profile & 0xfff0) == 0x1000) {
    walk(packet, block, header, 0, into);
  }
  return RTP;
}

static void parse(void) {
  memset(counters, 0, sizeof counters);
  memset(records, 0, sizeof records);
  for (int i = 0; i < BATCH; i++) {
    descriptor *each = &descriptors[i];
    record *into = &records[i];
    uint8_t *packet = slots + each->offset;
    size_t length = each->length;
    into->packet = each->offset;
    int is_rtcp = length >= 2 && packet[1] >= 192 && packet[1] < 224;
    int status = is_rtcp ? parse_rtcp(packet, length, into) : parse_rtp(packet, length, into);
    into->status = status;
    counters[status]++;
    if (status == RTP) {
      each->offset += into->header_length;
      each->length = into->payload_length;
      each->header_length = into->header_length;
      each->flags = packet[1] >> 7;
    }
  }
}

static void rewrite(uint32_t source, uint32_t ssrc, uint32_t sequence_delta, uint32_t timestamp_delta, const uint8_t *map) {
  for (int i = 0; i < BATCH; i++) {
    record *each = &records[i];
    if (each->status != RTP || each->ssrc != source) {
      continue;
    }
    uint32_t type = map[each->octets >> 16 & 127];
    if (type > 127) {
      each->sent = 0;
      continue;
    }
    uint8_t *packet = slots + each->packet;
    uint32_t sequence = (each->octets + sequence_delta) & 0xffff;
    write32(packet, (each->octets & 0xdf800000) | type << 16 | sequence);
    write32(packet + 4, each->timestamp + timestamp_delta);
    write32(packet + 8, ssrc);
    for (uint32_t found = each->found; found != 0; found &= found - 1) {
      int column = __builtin_ctz(found);
      uint8_t *value = packet + each->columns[column].offset;
      if (each->profile == 0xbede) {
        value[-1] = map[128 + column] << 4 | (each->columns[column].length - 1);
      } else {
        value[-2] = map[128 + column];
      }
    }
    each->sent = 0x10000 | sequence;
  }
}

/** One packet into slot `i`. */
void put(int i, const uint8_t *bytes, int length) {
  saved[i].offset = i * SLOT + HEADROOM;
  saved[i].length = length;
  memcpy(slots + saved[i].offset, bytes, length);
}

/** Columns by id, both directions' maps and SSRCs. */
void configure(const uint8_t *by_id, const uint8_t *there, const uint8_t *back, uint32_t source, uint32_t target) {
  memcpy(columns, by_id, 256);
  memcpy(maps[0], there, 136);
  memcpy(maps[1], back, 136);
  ssrcs[0] = source;
  ssrcs[1] = target;
  turn = 0;
}

/** So many batches, there and back in turn. */
void run(int64_t calls) {
  for (int64_t call = 0; call < calls; call++) {
    memcpy(descriptors, saved, sizeof saved);
    parse();
    rewrite(ssrcs[turn], ssrcs[1 - turn], 7, 90, maps[turn]);
    turn = 1 - turn;
  }
}

/** FNV-1a over the packets as they would go on the wire. */
uint32_t digest(void) {
  uint32_t hash = 0x811c9dc5;
  for (int i = 0; i < BATCH; i++) {
    const descriptor *each = &descriptors[i];
    const uint8_t *packet = slots + each->offset - each->header_length;
    for (uint32_t at = 0; at < each->header_length + each->length; at++) {
      hash = (hash ^ packet[at]) * 0x01000193;
    }
  }
  return hash;
}
