/* SPDX-License-Identifier: Apache-2.0 */
/* tsan-glib.c - tells ThreadSanitizer what GLib's locks order
 *
 * GLib locks with futexes of its own, which ThreadSanitizer does not see: each
 * use of them would look like a race. Preloaded, these functions say what
 * happened before what, and call GLib's. */
#include <dlfcn.h>
#include <glib.h>

/* Functions here, not the macros that check their arguments. */
#undef g_once_init_enter
#undef g_once_init_leave

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define REAL(name)                                                             \
    static __typeof__(name) *real;                                             \
    if (!real)                                                                 \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Takes a lock: sees what was done by whoever had it before. */
#define TAKES(name, type)                                                      \
    void name(type *lock)                                                      \
    {                                                                          \
        REAL(name);                                                            \
        real(lock);                                                            \
        __tsan_acquire(lock);                                                  \
    }
#define GIVES(name, type)                                                      \
    void name(type *lock)                                                      \
    {                                                                          \
        REAL(name);                                                            \
        __tsan_release(lock);                                                  \
        real(lock);                                                            \
    }
#define TRIES(name, type)                                                      \
    gboolean name(type *lock)                                                  \
    {                                                                          \
        REAL(name);                                                            \
        gboolean got = real(lock);                                             \
        if (got)                                                               \
            __tsan_acquire(lock);                                              \
        return got;                                                            \
    }
/* Counts references: the last one sees what the others did. */
#define DROPS(name, type)                                                      \
    void name(type *object)                                                    \
    {                                                                          \
        REAL(name);                                                            \
        if (object) {                                                          \
            __tsan_release(object);                                            \
            __tsan_acquire(object);                                            \
        }                                                                      \
        real(object);                                                          \
    }

TAKES(g_mutex_lock, GMutex)
GIVES(g_mutex_unlock, GMutex)
TRIES(g_mutex_trylock, GMutex)
TAKES(g_rec_mutex_lock, GRecMutex)
GIVES(g_rec_mutex_unlock, GRecMutex)
TAKES(g_rw_lock_writer_lock, GRWLock)
GIVES(g_rw_lock_writer_unlock, GRWLock)
TAKES(g_rw_lock_reader_lock, GRWLock)
GIVES(g_rw_lock_reader_unlock, GRWLock)
DROPS(g_bytes_unref, GBytes)
DROPS(g_hash_table_unref, GHashTable)
DROPS(g_ptr_array_unref, GPtrArray)
DROPS(g_main_loop_unref, GMainLoop)
DROPS(g_date_time_unref, GDateTime)
DROPS(g_time_zone_unref, GTimeZone)

void
g_cond_wait(GCond *cond, GMutex *mutex)
{
    REAL(g_cond_wait);
    __tsan_release(mutex);
    real(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean
g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end)
{
    REAL(g_cond_wait_until);
    __tsan_release(mutex);
    gboolean got = real(cond, mutex, end);
    __tsan_acquire(mutex);
    return got;
}

void
g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
    REAL(g_async_queue_push);
    __tsan_release(queue);
    real(queue, data);
}

#define POPS(name, ...)                                                        \
    {                                                                          \
        REAL(name);                                                            \
        gpointer got = real(__VA_ARGS__);                                      \
        __tsan_acquire(queue);                                                 \
        return got;                                                            \
    }
gpointer
g_async_queue_pop(GAsyncQueue *queue) POPS(g_async_queue_pop, queue)

    gpointer
    g_async_queue_try_pop(GAsyncQueue *queue) POPS(g_async_queue_try_pop, queue)

        gpointer g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout)
            POPS(g_async_queue_timeout_pop, queue, timeout)

    /* What is made once is seen by all that find it made. */
    gboolean(g_once_init_enter)(volatile void *where)
{
    REAL(g_once_init_enter);
    gboolean first = real(where);
    __tsan_acquire((void *)where);
    return first;
}

void(g_once_init_leave)(volatile void *where, gsize result)
{
    REAL(g_once_init_leave);
    __tsan_release((void *)where);
    real(where, result);
}

/* The list in a GAsyncQueue, which its own lock inside GLib guards. */
const char *__tsan_default_suppressions(void);
const char *
__tsan_default_suppressions(void)
{
    return "race:g_queue_pop_tail\n";
}
