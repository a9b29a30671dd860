/* Cuts texts at white space and numbers their distinct pieces.
 *
 * The same as `cut_at_spaces` of pieces.py and a dictionary, for texts in UTF-8: half of the time
 * that Python takes for a text goes into making a string of each piece and looking it up.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint64_t hash;
  int64_t number; /* of the piece, or -1 in an empty place */
} Place;

typedef struct {
  Place *places;
  int64_t place_count; /* a power of two */
  char *bytes;         /* of all distinct pieces, one after the other */
  int64_t byte_count, byte_room;
  int64_t *ends; /* of each piece in `bytes` */
  int64_t count, room;
} Table;

static const char HIDDEN_SPACE[] = "\xED\xA0\x80"; /* half a character of UTF-16, as in pieces.py */

/* How many bytes of white space, as Python knows it, stand at the start of a text. */
static int white_space(const unsigned char *at, const unsigned char *end) {
  unsigned char c = *at;
  if (c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F)) return 1;
  if (c < 0xC2 || c > 0xE3) return 0;
  if (c == 0xC2 && end - at >= 2) return at[1] == 0x85 || at[1] == 0xA0 ? 2 : 0;
  if (c < 0xE1 || end - at < 3) return 0;
  if (c == 0xE1) return at[1] == 0x9A && at[2] == 0x80 ? 3 : 0;
  if (c == 0xE3) return at[1] == 0x80 && at[2] == 0x80 ? 3 : 0;
  if (at[1] == 0x81) return at[2] == 0x9F ? 3 : 0;
  if (at[1] != 0x80) return 0;
  return (at[2] >= 0x80 && at[2] <= 0x8A) || at[2] == 0xA8 || at[2] == 0xA9 || at[2] == 0xAF ? 3 : 0;
}

static uint64_t hash_of(const char *bytes, int64_t size) { /* FNV-1a */
  uint64_t hash = 14695981039346656037u;
  for (int64_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
  return hash ^ (hash >> 32);
}

static int has_more_places(Table *table) {
  int64_t count = table->place_count * 2;
  Place *places = malloc((size_t)count * sizeof *places);
  if (!places) return 0;
  for (int64_t i = 0; i < count; i++) places[i].number = -1;
  for (int64_t i = 0; i < table->place_count; i++) {
    if (table->places[i].number < 0) continue;
    int64_t at = (int64_t)(table->places[i].hash & (uint64_t)(count - 1));
    while (places[at].number >= 0) at = (at + 1) & (count - 1);
    places[at] = table->places[i];
  }
  free(table->places);
  table->places = places;
  table->place_count = count;
  return 1;
}

static int has_room(Table *table, int64_t size) {
  if (table->count == table->room) {
    int64_t *ends = realloc(table->ends, (size_t)table->room * 2 * sizeof *ends);
    if (!ends) return 0;
    table->ends = ends;
    table->room *= 2;
  }
  if (table->byte_count + size > table->byte_room) {
    int64_t room = 2 * (table->byte_count + size);
    char *bytes = realloc(table->bytes, (size_t)room);
    if (!bytes) return 0;
    table->bytes = bytes;
    table->byte_room = room;
  }
  return table->place_count > 2 * table->count || has_more_places(table);
}

/* Return the number of a piece, a new one if it is new, or -1 without memory. */
static int64_t number_of(Table *table, const char *piece, int64_t size) {
  uint64_t hash = hash_of(piece, size);
  if (!has_room(table, size)) return -1;
  int64_t at = (int64_t)(hash & (uint64_t)(table->place_count - 1));
  for (; table->places[at].number >= 0; at = (at + 1) & (table->place_count - 1)) {
    if (table->places[at].hash != hash) continue;
    int64_t number = table->places[at].number;
    int64_t start = number ? table->ends[number - 1] : 0;
    if (table->ends[number] - start == size && !memcmp(table->bytes + start, piece, (size_t)size))
      return number;
  }
  memcpy(table->bytes + table->byte_count, piece, (size_t)size);
  table->byte_count += size;
  table->places[at].hash = hash;
  table->places[at].number = table->count;
  table->ends[table->count] = table->byte_count;
  return table->count++;
}

/* White space that is a piece is kept with its spaces hidden. */
static int64_t number_of_white_space(Table *table, const char *piece, int64_t size) {
  if (!memchr(piece, ' ', (size_t)size)) return number_of(table, piece, size);
  char *hidden = malloc((size_t)size * 3), *to = hidden;
  if (!hidden) return -1;
  for (int64_t i = 0; i < size; i++) {
    if (piece[i] == ' ') {
      memcpy(to, HIDDEN_SPACE, 3);
      to += 3;
    } else {
      *to++ = piece[i];
    }
  }
  int64_t number = number_of(table, hidden, to - hidden);
  free(hidden);
  return number;
}

static int is_cut(const char *text, int64_t size) {
  const char *end = text + size;
  if (size && white_space((const unsigned char *)text, (const unsigned char *)end)) return 0;
  const char *at = size ? memchr(text, ' ', (size_t)size) : NULL;
  for (; at && at + 1 < end; at = memchr(at + 1, ' ', (size_t)(end - at - 1)))
    if (at[1] == ' ') return 0;
  return 1;
}

int64_t ulmus_version(void) { return 1; }

void ulmus_pieces_free(Table *table) {
  if (!table) return;
  free(table->places);
  free(table->bytes);
  free(table->ends);
  free(table);
}

Table *ulmus_pieces_new(void) {
  Table *table = calloc(1, sizeof *table);
  if (!table) return NULL;
  table->place_count = 1 << 12;
  table->byte_room = table->room = 1 << 12;
  table->places = malloc((size_t)table->place_count * sizeof *table->places);
  table->bytes = malloc((size_t)table->byte_room);
  table->ends = malloc((size_t)table->room * sizeof *table->ends);
  if (!table->places || !table->bytes || !table->ends) {
    ulmus_pieces_free(table);
    return NULL;
  }
  for (int64_t i = 0; i < table->place_count; i++) table->places[i].number = -1;
  return table;
}

/* Write the number of each piece of a text; return how many, or -1 without memory. There are no
 * more pieces than bytes. */
int64_t ulmus_pieces_cut(Table *table, const char *text, int64_t size, int64_t *numbers) {
  const unsigned char *at = (const unsigned char *)text, *end = at + size;
  if (!is_cut(text, size)) {
    numbers[0] = number_of(table, text, size);
    return numbers[0] < 0 ? -1 : 1;
  }
  int64_t count = 0;
  while (at < end) {
    const unsigned char *start = at;
    int width;
    if (*at == ' ') {
      at++;
      continue;
    }
    if ((width = white_space(at, end))) {
      while (at < end && (width = white_space(at, end))) at += width;
      numbers[count] = number_of_white_space(table, (const char *)start, at - start);
    } else {
      while (at < end && !white_space(at, end)) at++;
      numbers[count] = number_of(table, (const char *)start, at - start);
    }
    if (numbers[count++] < 0) return -1;
  }
  return count;
}

int64_t ulmus_pieces_count(const Table *table) { return table->count; }

const char *ulmus_pieces_bytes(const Table *table) { return table->bytes; }

const int64_t *ulmus_pieces_ends(const Table *table) { return table->ends; }
