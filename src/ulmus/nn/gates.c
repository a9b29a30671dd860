/* One step of an LSTM between its products, there and back, in one pass over memory.
 *
 * A loop runs over the features of a row; the compiler turns it into vector instructions, for
 * x86 in three versions of which the loader takes what the processor has. Threads are those of
 * the OpenMP runtime that the caller hands in, torch's own, so that no second team competes with
 * it. Gates lie in a row as i, f, g, o; what comes before gate g is doubled, for
 * tanh(x) = 2 sigmoid(2x) - 1. Numbers are float, or bfloat16 where told so.
 */

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && !defined(ULMUS_ONE_VERSION)
#define VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VERSIONS
#endif
#if defined(__clang__)
#define NO_ALIASES _Pragma("clang loop vectorize(assume_safety)")
#else
#define NO_ALIASES _Pragma("GCC ivdep")
#endif
#define INLINE static inline __attribute__((always_inline))

typedef void (*Parallel)(void (*)(void *), void *, unsigned, unsigned);

typedef struct {
  int64_t rows, size, is_bfloat16, first, last;
  const void *product;  /* (rows, 4 size): before the gates */
  void *gates;          /* (rows, 4 size): opened, or none */
  float *cell;          /* (rows, size): in and out */
  void *cells;          /* (rows, size): the same as operands, or none */
  float *output;        /* (rows, size) */
  void *seen;           /* (seen_rows, size): the output as operands, or none */
  int64_t seen_rows;
} Forward;

typedef struct {
  int64_t rows, size, is_bfloat16, first, last;
  const void *gates;   /* (rows, 4 size): opened */
  const void *before;  /* (rows, size): the cell before the step */
  const void *after;   /* (rows, size): and after it */
  const float *output; /* (rows, size): gradient of the outputs */
  int64_t output_stride;
  const void *hidden;  /* (hidden_rows, size): gradient that comes from the next step */
  int64_t hidden_rows;
  float *cell;         /* (rows, size): gradient of the cell, in and out */
  void *gradient;      /* (rows, 4 size): before the gates */
} Backward;

INLINE float as_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint32_t as_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

INLINE int64_t element(int is_bfloat16) { return is_bfloat16 ? 2 : 4; }

INLINE float get(const void *from, int64_t index, int is_bfloat16) {
  if (is_bfloat16) return as_float((uint32_t)((const uint16_t *)from)[index] << 16);
  return ((const float *)from)[index];
}

INLINE void put(void *to, int64_t index, float value, int is_bfloat16) {
  if (is_bfloat16) {
    uint32_t bits = as_bits(value);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16; /* to even */
    ((uint16_t *)to)[index] = (uint16_t)(value != value ? 0x7fc0 : rounded);
  } else {
    ((float *)to)[index] = value;
  }
}

/* exp(x) = 2^n exp(r) with |r| <= ln(2) / 2, where a polynomial is exact to single precision. Its
 * coefficients are those of the Cephes library. */
INLINE float exponential(float x) {
  const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to whole numbers */
  x = x > 87.0f ? 87.0f : x < -87.0f ? -87.0f : x;
  float n = (x * 1.44269504f + shift) - shift;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return p * as_float((uint32_t)((int32_t)n + 127) << 23);
}

INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE float tangent(float x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }

INLINE void forward_row(const Forward *step, int64_t row, int is_bfloat16, int keeps, int shows) {
  const int64_t size = step->size, first = step->first, last = step->last, width = element(is_bfloat16);
  const char *restrict product = (const char *)step->product + 4 * row * size * width;
  char *restrict gates = (char *)step->gates + 4 * row * size * width;
  char *restrict cells = (char *)step->cells + row * size * width;
  char *restrict seen = (char *)step->seen + row * size * width;
  float *restrict cell = step->cell + row * size;
  float *restrict output = step->output + row * size;
  NO_ALIASES
  for (int64_t j = first; j < last; j++) {
    float i = sigmoid(get(product, j, is_bfloat16));
    float f = sigmoid(get(product, size + j, is_bfloat16));
    float g = 2.0f * sigmoid(get(product, 2 * size + j, is_bfloat16)) - 1.0f;
    float o = sigmoid(get(product, 3 * size + j, is_bfloat16));
    float now = f * cell[j] + i * g;
    float shown = o * tangent(now);
    cell[j] = now;
    output[j] = shown;
    if (keeps) {
      put(gates, j, i, is_bfloat16);
      put(gates, size + j, f, is_bfloat16);
      put(gates, 2 * size + j, g, is_bfloat16);
      put(gates, 3 * size + j, o, is_bfloat16);
      put(cells, j, now, is_bfloat16);
    }
    if (shows) put(seen, j, shown, is_bfloat16);
  }
}

INLINE void backward_row(const Backward *step, int64_t row, int is_bfloat16, int comes_back) {
  const int64_t size = step->size, first = step->first, last = step->last, width = element(is_bfloat16);
  const char *restrict gates = (const char *)step->gates + 4 * row * size * width;
  const char *restrict before = (const char *)step->before + row * size * width;
  const char *restrict after = (const char *)step->after + row * size * width;
  const char *restrict hidden = (const char *)step->hidden + row * size * width;
  const float *restrict output = step->output + row * step->output_stride;
  float *restrict cell = step->cell + row * size;
  char *restrict gradient = (char *)step->gradient + 4 * row * size * width;
  NO_ALIASES
  for (int64_t j = first; j < last; j++) {
    float i = get(gates, j, is_bfloat16);
    float f = get(gates, size + j, is_bfloat16);
    float g = get(gates, 2 * size + j, is_bfloat16);
    float o = get(gates, 3 * size + j, is_bfloat16);
    float through = output[j] + (comes_back ? get(hidden, j, is_bfloat16) : 0.0f);
    float bent = tangent(get(after, j, is_bfloat16));
    float now = cell[j] + through * o * (1.0f - bent * bent);
    cell[j] = now * f;
    put(gradient, j, now * g * (i * (1.0f - i)), is_bfloat16);
    put(gradient, size + j, now * get(before, j, is_bfloat16) * (f * (1.0f - f)), is_bfloat16);
    put(gradient, 2 * size + j, now * i * (1.0f - g * g), is_bfloat16);
    put(gradient, 3 * size + j, through * bent * (o * (1.0f - o)), is_bfloat16);
  }
}

/* Each combination by itself, so that loops are without branches. */

VERSIONS void forward_part(const Forward *step) {
  for (int64_t row = 0; row < step->rows; row++) {
    int shows = row < step->seen_rows;
    if (step->is_bfloat16) {
      if (step->gates && shows) forward_row(step, row, 1, 1, 1);
      else if (step->gates) forward_row(step, row, 1, 1, 0);
      else if (shows) forward_row(step, row, 1, 0, 1);
      else forward_row(step, row, 1, 0, 0);
    } else {
      if (step->gates && shows) forward_row(step, row, 0, 1, 1);
      else if (step->gates) forward_row(step, row, 0, 1, 0);
      else if (shows) forward_row(step, row, 0, 0, 1);
      else forward_row(step, row, 0, 0, 0);
    }
  }
}

VERSIONS void backward_part(const Backward *step) {
  for (int64_t row = 0; row < step->rows; row++) {
    int comes_back = row < step->hidden_rows;
    if (step->is_bfloat16 && comes_back) backward_row(step, row, 1, 1);
    else if (step->is_bfloat16) backward_row(step, row, 1, 0);
    else if (comes_back) backward_row(step, row, 0, 1);
    else backward_row(step, row, 0, 0);
  }
}

/* Threads share the features of all rows. */

typedef struct {
  const void *step;
  int64_t threads, next;
  int is_forward;
} Work;

INLINE int64_t border(int64_t size, int64_t part, int64_t parts) {
  return part == parts ? size : size * part / parts / 16 * 16;
}

static void take_part(void *shared) {
  Work *work = shared;
  int64_t part = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED);
  for (; part < work->threads; part = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) {
    if (work->is_forward) {
      Forward step = *(const Forward *)work->step;
      step.first = border(step.size, part, work->threads);
      step.last = border(step.size, part + 1, work->threads);
      forward_part(&step);
    } else {
      Backward step = *(const Backward *)work->step;
      step.first = border(step.size, part, work->threads);
      step.last = border(step.size, part + 1, work->threads);
      backward_part(&step);
    }
  }
}

static void run(const void *step, int is_forward, Parallel parallel, int64_t threads) {
  Work work = {step, threads, 0, is_forward};
  if (parallel && threads > 1) parallel(take_part, &work, (unsigned)threads, 0);
  else take_part(&work);
}

/* What Python calls. */

void ulmus_lstm_forward(const Forward *step, Parallel parallel, int64_t threads) {
  run(step, 1, parallel, threads);
}

void ulmus_lstm_backward(const Backward *step, Parallel parallel, int64_t threads) {
  run(step, 0, parallel, threads);
}

int64_t ulmus_version(void) { return 1; }
