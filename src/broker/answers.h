/* What the broker's answers have in common. For the broker alone. */
#ifndef FILESONLY_BROKER_ANSWERS_H
#define FILESONLY_BROKER_ANSWERS_H

#include "broker/act.h"

struct broker;

/* The act of the request in hand; broker_end frees what it holds. */
struct act broker_begin(struct broker *broker);
void broker_end(struct act *act);

/* As ioctl on the listener. */
long broker_ask_listener(const struct broker *broker, unsigned long request,
    void *with);

#endif
