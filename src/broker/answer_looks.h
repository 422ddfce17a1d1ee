/* For the broker alone. */
#ifndef FILESONLY_BROKER_ANSWER_LOOKS_H
#define FILESONLY_BROKER_ANSWER_LOOKS_H

struct broker;

/* Answers a stat by a name: act_row.kind is ACT_LOOKS. */
void broker_answer_look(struct broker *broker);

#endif
