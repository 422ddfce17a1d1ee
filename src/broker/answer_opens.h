/* The broker's answers to open and openat. */
#ifndef FILESONLY_BROKER_ANSWER_OPENS_H
#define FILESONLY_BROKER_ANSWER_OPENS_H

struct broker;

void broker_answer_open(struct broker *broker);

#endif
