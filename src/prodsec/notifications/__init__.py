"""Notifications: messages to people and teams, and the channels they go through.

Words: a Notice is finished text for one person or one team: a title, a link, a kind, the ids it speaks of. A Watch says that a
person wants to hear of a finding, or of an asset and all below it. A Channel is a way out: a person's e-mail, a team's e-mail or
chat, with what it wants to hear and when (its rhythm: at once, hourly, daily, weekly; quiet hours). A Delivery is one message
through one channel, made of the notices that waited for it.

Invariants: a notice is in at most one delivery of a channel (one Line each); a delivery that was sent is not sent again, and one
whose attempt ended without an answer is, and says so; what its reader may not see when it is read or sent is left out; an address is stored sealed and never told again; nothing goes out without a
channel that somebody set up.

Never: judging findings, deciding who may see what (callers and doors ask `inventory`), or keeping a record of deeds
(`activity` does; a notice follows from a deed and is none itself).
"""
