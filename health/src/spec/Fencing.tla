------------------------------- MODULE Fencing -------------------------------
(***************************************************************************)
(* Safety of the switch of master: epochs voted by a majority of voters,   *)
(* write leases that proxies hold from a majority of voters, and the       *)
(* choice of the new master among enough backends.                         *)
(*                                                                         *)
(* Time is abstracted.  The one assumption on clocks is that a lease ends  *)
(* at its holder before it ends at the voter that granted it (the holder   *)
(* counts from when it SENT the request, the voter from when it RECEIVED   *)
(* it, plus a margin for drift): see VoterForget.                          *)
(*                                                                         *)
(* Backends replicate asynchronously and know nothing of leases: a write   *)
(* sent by a proxy may be executed at any later moment.  What is guarded   *)
(* is the ACKNOWLEDGEMENT: a proxy passes a reply on to its client only if *)
(* it still holds the lease when the reply has arrived, and (durability K) *)
(* only if K replicas have the write.                                      *)
(*                                                                         *)
(* Eager merges steps whose separation adds no behaviour in which more is  *)
(* acknowledged: a voter grants to every proxy the moment it accepts, and  *)
(* the leader's fence is the moment at which its majority votes and the    *)
(* leases of earlier epochs end, first at the proxies.  Why nothing is     *)
(* lost: a lease enables Send and Ack and, other than by delaying Fence,   *)
(* forbids nothing, so that to hold it from the first moment to the last   *)
(* allows the most; a vote enables only Fence and forbids the rest, so     *)
(* that to give it at the last moment allows the most.  With Eager off the steps are taken*)
(* one by one.                                                             *)
(*                                                                         *)
(* Replids, Reads and Changes add replication ids as Redis shows them,     *)
(* reads at the master and changes of the set of backends or of K; each is *)
(* off in the configurations that are not about it.                        *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences, TLC

CONSTANTS Voters, Proxies, Backends, Writes,
          K,            \* replicas that must have a write before it is acknowledged
          MaxEpoch,
          First,        \* the backend that is master at epoch 1
          Eager,        \* TRUE: merged steps, see above
          LeaseGuard,   \* TRUE: the protocol.  FALSE: acknowledge without a lease
          GrantGuard,   \* TRUE: a voter that has voted in a later epoch grants nothing
          FenceWait,    \* TRUE: the protocol.  FALSE: promote without waiting for leases to end
          ConsultEnough,\* TRUE: the protocol.  FALSE: promote after asking one backend
          ResyncGuard,  \* TRUE: a replica refuses a master of older lineage
          BackendGuard, \* TRUE: a backend obeys no leader of an epoch earlier than it has seen
          AdoptGuard,   \* TRUE: only replicas that this epoch's leader has spoken to count towards K
          RunIdGuard,   \* TRUE: a backend that restarted does not count until it has caught up again
          FencedStart,  \* TRUE: a restarted backend takes no write and serves no sync until given a role
          SendGuard,    \* TRUE: nothing is sent without a lease.  FALSE: only the release is guarded
          Reads,        \* how many reads are made at a master
          ReadLeaseGuard,  \* TRUE: a read is answered only under the lease, like a write
          ReadCommitGuard, \* TRUE: and only once K replicas have all that it shows
          Replids,      \* TRUE: replication ids are shown as Redis shows them, see Attach
          MaxChanges,   \* how many times a master takes a new replication id without a switch
          StartGuard,   \* TRUE: lineage by the start offset that the data reached.  FALSE: by the id shown
          UnknownGuard, \* TRUE: data of an unrecorded id does not count.  FALSE: it counts as lowest
          RecordedGuard,\* TRUE: nothing is acknowledged under an unrecorded id
          Initial,      \* backends in the first record
          Changes,      \* set of <<backends, K>> that a leader may write into its record
          JointGuard,   \* TRUE: enough of the set before the change are consulted too, until ...
          SettleGuard,  \* TRUE: ... K of the new set have reached the start of the epoch that changed it
          BestGuard,    \* TRUE: the most advanced of all answers is promoted, in the new set or nobody
          OneChangeGuard, \* TRUE: no change before the last one has settled
          KGuard,       \* TRUE: a proxy asks for no fewer replicas than the record says
          LoseDisk      \* how many times a backend may restart with only a prefix of its data

Epochs == 1..MaxEpoch
Majority == {Q \in SUBSET Voters : 2 * Cardinality(Q) > Cardinality(Voters)}
None == "none"
\* Backends other than the first master are alike.
Alike == Permutations(Backends \ {First})
AlikeVoters == Alike \cup Permutations(Voters)
AlikeProxies == Alike \cup Permutations(Proxies) \cup Permutations(Writes)

\* What Changes may be.
NoChange == {}
Shrink == {<<Backends \ {b}, K>> : b \in Backends}
Grow == {<<Backends, K>>}
RaiseK == {<<Backends, K + 1>>}
LowerK == {<<Backends, K - 1>>}

VARIABLES
  vEpoch,    \* voter -> highest epoch it has voted in (persisted)
  vAcc,      \* voter -> <<epoch, master>> it has accepted as active (persisted)
  vLease,    \* voter -> set of <<proxy, epoch>> that may still be held
  pLease,    \* proxy -> set of <<voter, epoch>> it may still use
  phase,     \* epoch -> "idle" | "fenced" | "promoted"
  newMaster, \* epoch -> backend it promoted
  bEpoch,    \* backend -> highest epoch whose leader has spoken to it
  consulted, \* epoch -> set of <<backend, lineage, length>> answers, until it has promoted one
  base,      \* epoch -> the latest epoch that the voters of its majority had accepted
  record,    \* epoch -> <<backends, K, backends before the change, K before it>>
  settled,   \* epochs whose set of backends stands on its own
  shown,     \* backend -> <<id, second id, how much data belongs to the second>>; id: <<epoch, n>>
  vIds,      \* voter -> replication ids it has recorded (persisted)
  known,     \* epoch -> ids that its leader's majority had recorded
  changes,
  log,       \* backend -> sequence of entries: <<"w", write>> or <<"e", epoch>>
  source,    \* backend -> backend that it replicates from, itself if it is a master
  sent,      \* set of <<write, proxy, epoch, backend>> on their way
  executed,  \* set of <<write, proxy, epoch, backend>> executed, reply on its way
  acked,     \* set of writes acknowledged to a client
  restarted, \* backends whose run id is not the recorded one
  losses,
  read,      \* the read on its way: <<>> or <<proxy, epoch, backend, must show, <<what it shows>> >>
  reads,
  seen,      \* writes that some read has shown
  stale      \* whether a read has missed a write acknowledged before it was sent

ids == <<shown, vIds, known, changes>>
sets == <<base, record, settled>>
looks == <<read, reads, seen, stale>>
vars == <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, ids, sets, looks,
          log, source, sent, executed, acked, restarted, losses>>

Max(S) == CHOOSE x \in S : \A y \in S : x >= y

\* The epoch of the history that the data belongs to: the latest whose start it has reached.
Lineage(l) == Max({0} \cup {l[i][2] : i \in {j \in 1..Len(l) : l[j][1] = "e"}})
Has(b, w) == \E i \in 1..Len(log[b]) : log[b][i] = <<"w", w>>
IsPrefix(a, b) == Len(a) <= Len(b) /\ \A i \in 1..Len(a) : a[i] = b[i]

Holds(p, e) == {v \in Voters : <<v, e>> \in pLease[p]} \in Majority

WritesIn(l) == {w \in Writes : \E i \in 1..Len(l) : l[i] = <<"w", w>>}
NoId == <<0, 0>>

Init ==
  /\ base = [e \in Epochs |-> 1]
  /\ record = [e \in Epochs |-> <<Initial, K, Initial, K>>]
  /\ settled = {1}
  /\ shown = [b \in Backends |-> <<(<<1, 0>>), NoId, 0>>]
  /\ vIds = [v \in Voters |-> {<<1, 0>>}]
  /\ known = [e \in Epochs |-> {}]
  /\ changes = 0
  /\ read = <<>> /\ reads = 0 /\ seen = {} /\ stale = FALSE
  /\ vEpoch = [v \in Voters |-> 1]
  /\ vAcc = [v \in Voters |-> <<1, First>>]
  /\ vLease = [v \in Voters |-> IF Eager THEN Proxies \X {1} ELSE {}]
  /\ pLease = [p \in Proxies |-> IF Eager THEN Voters \X {1} ELSE {}]
  /\ phase = [e \in Epochs |-> IF e = 1 THEN "promoted" ELSE "idle"]
  /\ newMaster = [e \in Epochs |-> IF e = 1 THEN First ELSE None]
  /\ bEpoch = [b \in Backends |-> 1]
  /\ consulted = [e \in Epochs |-> {}]
  /\ log = [b \in Backends |-> << <<"e", 1>> >>]
  /\ source = [b \in Backends |-> First]
  /\ sent = {} /\ executed = {} /\ acked = {} /\ restarted = {} /\ losses = 0

------------------------------------------------------------------------------
\* A voter grants a lease only for the epoch it has accepted as active, and only
\* while it has not voted in a later one.
Grant(v, p) ==
  LET e == vAcc[v][1] IN
  /\ ~Eager
  /\ GrantGuard => vEpoch[v] = e
  /\ vLease' = [vLease EXCEPT ![v] = @ \cup {<<p, e>>}]
  /\ pLease' = [pLease EXCEPT ![p] = @ \cup {<<v, e>>}]
  /\ UNCHANGED <<vEpoch, vAcc, phase, newMaster, bEpoch, consulted, log, source,
                 sent, executed, acked, restarted, losses, ids, sets, looks>>

\* The lease runs out at the proxy, or the proxy gives it up.
ProxyDrop(p, v, e) ==
  /\ ~Eager
  /\ <<v, e>> \in pLease[p]
  /\ pLease' = [pLease EXCEPT ![p] = @ \ {<<v, e>>}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses, ids, sets, looks>>

\* The clock assumption: the voter counts it as ended only after the proxy does.
VoterForget(v, p, e) ==
  /\ ~Eager
  /\ <<p, e>> \in vLease[v]
  /\ <<v, e>> \notin pLease[p]
  /\ vLease' = [vLease EXCEPT ![v] = @ \ {<<p, e>>}]
  /\ UNCHANGED <<vEpoch, vAcc, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses, ids, sets, looks>>

------------------------------------------------------------------------------
\* Candidate of epoch e gets votes; each voter votes once per epoch, upwards only.
\* (Per epoch at most one candidate can have a majority: the model keeps that one.)
Vote(v, e) ==
  /\ ~Eager
  /\ e > vEpoch[v]
  /\ vEpoch' = [vEpoch EXCEPT ![v] = e]
  /\ UNCHANGED <<vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses, ids, sets, looks>>

\* The leader has a majority of votes, and every lease that those voters granted
\* in an earlier epoch has ended.
Fence(e, Q) ==
  /\ phase[e] = "idle"
  /\ phase' = [phase EXCEPT ![e] = "fenced"]
  /\ IF Eager
       THEN /\ \A v \in Q : vEpoch[v] < e
            /\ vEpoch' = [v \in Voters |-> IF v \in Q THEN e ELSE vEpoch[v]]
            /\ IF FenceWait
                 THEN /\ pLease' = [p \in Proxies |->
                            {l \in pLease[p] : l[1] \notin Q \/ l[2] >= e}]
                      /\ vLease' = [v \in Voters |->
                            IF v \in Q THEN {l \in vLease[v] : l[2] >= e} ELSE vLease[v]]
                 ELSE UNCHANGED <<pLease, vLease>>
       ELSE /\ \A v \in Q : vEpoch[v] = e
            /\ FenceWait => \A v \in Q : \A l \in vLease[v] : l[2] >= e
            /\ UNCHANGED <<vEpoch, pLease, vLease>>
  /\ base' = [base EXCEPT ![e] = Max({vAcc[v][1] : v \in Q})]
  /\ known' = [known EXCEPT ![e] = IF Replids THEN UNION {vIds[v] : v \in Q} ELSE {}]
  /\ UNCHANGED <<vAcc, newMaster, bEpoch, consulted, log, source, shown, vIds, changes, record,
                 settled, sent, executed, acked, restarted, losses, looks>>

\* The leader asks a backend where it stands.  From then on the backend obeys no
\* leader of an earlier epoch (Redis: the earlier leader's connections are killed).
\*
\* Where its data stands follows from the id it shows, if that is recorded; else from its
\* second id, up to where that one ends; else it is unknown.
Upto(l, n) == SubSeq(l, 1, IF n < Len(l) THEN n ELSE Len(l))
Stand(l, id) == <<IF StartGuard THEN Lineage(l) ELSE id[1], Len(l)>>
Position(e, b) ==
  IF ~Replids THEN Stand(log[b], NoId)
  ELSE IF shown[b][1] \in known[e] THEN Stand(log[b], shown[b][1])
  ELSE IF shown[b][2] \in known[e] THEN Stand(Upto(log[b], shown[b][3]), shown[b][2])
  ELSE <<0, 0>>

\* The set before the change counts until the new one stands on its own.
Joint(e) == JointGuard /\ base[e] \notin settled
Asked(e) == record[base[e]][1] \cup IF Joint(e) THEN record[base[e]][3] ELSE {}

Consult(e, b) ==
  LET p == Position(e, b) IN
  /\ b \in Asked(e)
  /\ Replids /\ UnknownGuard => p # <<0, 0>>
  /\ phase[e] = "fenced"
  /\ BackendGuard => bEpoch[b] <= e
  /\ RunIdGuard => b \notin restarted
  /\ \A c \in consulted[e] : c[1] # b
  /\ bEpoch' = [bEpoch EXCEPT ![b] = e]
  /\ consulted' = [consulted EXCEPT ![e] = @ \cup {<<b, p[1], p[2]>>}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, log, source, sent,
                 executed, acked, restarted, losses, ids, sets, looks>>

Better(x, y) == x[2] > y[2] \/ (x[2] = y[2] /\ x[3] >= y[3])

\* The candidate has not restarted since it answered.  (A backend of ours checks run id
\* and offset in the command that promotes it; on Redis the leader reads them again
\* afterwards and gives the epoch up if they differ, before any voter activates it.)
SameAsAnswered(c) ==
  RunIdGuard => c[1] \notin restarted /\ Len(log[c[1]]) >= c[3]

Among(e, set) == {c \in consulted[e] : c[1] \in set}
Enough(e, set, k) == Cardinality(Among(e, set)) >= Cardinality(set) - k

\* The master of the base, not restarted and with the data of its epoch, has all that was
\* acknowledged before it was promoted (it was promoted for that) and since (it answered it).
HasAll(e) == \E c \in consulted[e] : c[1] = newMaster[base[e]] /\ c[2] = base[e]

\* The record of e: that of its base, or one with another set of backends or another K.
Records(e) ==
  LET r == record[base[e]]
      same == IF base[e] \in settled THEN <<r[1], r[2], r[1], r[2]>> ELSE r
  IN {same} \cup IF OneChangeGuard /\ base[e] \notin settled THEN {}
                 ELSE {<<c[1], c[2], r[1], r[2]>> : c \in {x \in Changes :
                          x # <<r[1], r[2]>> /\ Cardinality(x[1]) > x[2]}}

Promote(e) ==
  LET r == record[base[e]] IN
  /\ phase[e] = "fenced"
  /\ IF ConsultEnough
       THEN \/ Enough(e, r[1], r[2]) /\ (Joint(e) => Enough(e, r[3], r[4]))
            \/ HasAll(e)
       ELSE consulted[e] # {}
  /\ \E n \in Records(e), c \in consulted[e] :
       /\ c[1] \in n[1]
       /\ \A d \in IF BestGuard THEN consulted[e] ELSE Among(e, n[1]) : Better(c, d)
       /\ BackendGuard => bEpoch[c[1]] = e
       /\ SameAsAnswered(c)
       /\ newMaster' = [newMaster EXCEPT ![e] = c[1]]
       /\ record' = [record EXCEPT ![e] = n]
       /\ settled' = IF (n[1] = n[3] /\ n[2] = n[4]) \/ ~SettleGuard THEN settled \cup {e} ELSE settled
       /\ log' = [log EXCEPT ![c[1]] = Append(@, <<"e", e>>)]
       /\ source' = [source EXCEPT ![c[1]] = c[1]]
       /\ shown' = IF Replids
                     THEN [shown EXCEPT ![c[1]] = <<(<<e, 0>>), @[1], Len(log[c[1]])>>]
                     ELSE shown
  /\ phase' = [phase EXCEPT ![e] = "promoted"]
  /\ consulted' = [consulted EXCEPT ![e] = {}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, bEpoch, sent, executed, base, vIds, known,
                 changes, acked, restarted, losses, looks>>

\* A voter accepts the new master, unless it has voted in a later epoch since.
Activate(v, e) ==
  /\ phase[e] = "promoted"
  /\ vEpoch[v] <= e /\ vAcc[v][1] < e
  /\ vEpoch' = [vEpoch EXCEPT ![v] = e]
  /\ vAcc' = [vAcc EXCEPT ![v] = <<e, newMaster[e]>>]
  /\ IF Eager
       THEN /\ vLease' = [vLease EXCEPT ![v] = @ \cup (Proxies \X {e})]
            /\ pLease' = [p \in Proxies |-> pLease[p] \cup {<<v, e>>}]
       ELSE UNCHANGED <<vLease, pLease>>
  /\ vIds' = IF Replids THEN [vIds EXCEPT ![v] = @ \cup known[e] \cup {<<e, 0>>}] ELSE vIds
  /\ UNCHANGED <<phase, newMaster, bEpoch, consulted, log, source, shown, known, changes, sets,
                 sent, executed, acked, restarted, losses, looks>>

\* A voter of e that sees its master show another id records that as one of e.
RecordId(v, e) ==
  LET id == shown[newMaster[e]][1] IN
  /\ Replids /\ phase[e] = "promoted"
  /\ vAcc[v][1] = e /\ vEpoch[v] = e
  /\ id[1] = e /\ id \notin vIds[v]
  /\ vIds' = [vIds EXCEPT ![v] = @ \cup {id}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log, source,
                 sent, executed, acked, restarted, losses, shown, known, changes, sets, looks>>

\* A replica counts towards K only if it follows this master and the leader of this
\* epoch has adopted it: an earlier leader could still point any other one elsewhere.
Counts(b, m, e) ==
  source[b] = m /\ (AdoptGuard => bEpoch[b] >= e) /\ (RunIdGuard => b \notin restarted)

\* K of the new set, besides the master, have all that the master had when it was promoted.
\* Once true it stays true: whoever restarts with less does not count.
Settle(e) ==
  LET r == record[e] IN
  /\ phase[e] = "promoted" /\ e \notin settled
  /\ newMaster[e] \notin restarted
  /\ Cardinality({b \in r[1] \ {newMaster[e]} : Counts(b, newMaster[e], e)
                        /\ \E i \in 1..Len(log[b]) : log[b][i] = <<"e", e>>}) >= r[2]
  /\ settled' = settled \cup {e}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log, source,
                 sent, executed, acked, restarted, losses, base, record, ids, looks>>

\* The leader points another backend at the new master.
Repoint(e, b) ==
  /\ phase[e] = "promoted"
  /\ newMaster[e] # b /\ source[b] # newMaster[e]
  /\ BackendGuard => bEpoch[b] <= e
  /\ bEpoch' = [bEpoch EXCEPT ![b] = e]
  /\ source' = [source EXCEPT ![b] = newMaster[e]]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, consulted, log, sent,
                 executed, acked, restarted, losses, ids, sets, looks>>

------------------------------------------------------------------------------
\* A replica copies one entry, or starts over where the histories differ.
Continues(b, s) == log[b] # << >> /\ IsPrefix(log[b], log[s])

MayReplicate(b) ==
  LET s == source[b] IN
  /\ s # b
  /\ FencedStart => s \notin restarted
  /\ ResyncGuard => Lineage(log[s]) >= Lineage(log[b])

Replicate(b) ==
  LET s == source[b] IN
  /\ MayReplicate(b) /\ log[s] # log[b]
  \* A promotion cuts the links of the promoted one's replicas; a mere change of id does not.
  /\ Replids /\ Continues(b, s) => shown[b][1][1] = shown[s][1][1]
  /\ log' = [log EXCEPT ![b] =
        IF Continues(b, s)
          THEN SubSeq(log[s], 1, Len(log[b]) + 1)   \* partial resync: the next entry
          ELSE log[s]]                              \* full resync: a snapshot, whole
  /\ shown' = IF Replids /\ ~Continues(b, s)
                THEN [shown EXCEPT ![b] = <<shown[s][1], NoId, 0>>]
                ELSE shown
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, vIds, known,
                 changes, sets, source, sent, executed, acked, restarted, losses, looks>>

\* PSYNC2: to continue a replica takes the master's id before it has one byte of what the
\* master has under it.  Where the id changed without a switch the second one is dropped:
\* the replica must start over, and shows no second id either.
Attach(b) ==
  LET s == source[b]
      again == shown[s][1][2] # 0
  IN
  /\ Replids /\ MayReplicate(b) /\ Continues(b, s)
  /\ shown[b][1] # shown[s][1]
  /\ shown' = [shown EXCEPT ![b] =
        IF again THEN <<shown[s][1], NoId, 0>> ELSE <<shown[s][1], @[1], Len(log[b])>>]
  /\ log' = [log EXCEPT ![b] = IF again THEN log[s] ELSE @]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, vIds, known,
                 changes, sets, source, sent, executed, acked, restarted, losses, looks>>

\* A master takes a new id without a switch (its first replica came, or all had gone).
ChangeId(b) ==
  /\ Replids /\ source[b] = b /\ changes < MaxChanges
  /\ changes' = changes + 1
  /\ shown' = [shown EXCEPT ![b] = <<(<<@[1][1], @[1][2] + 1>>), NoId, 0>>]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, vIds, known,
                 log, sets, source, sent, executed, acked, restarted, losses, looks>>

\* A backend restarts with some prefix of its data: nothing, or an old snapshot.
Lose(b) ==
  /\ losses < LoseDisk
  /\ losses' = losses + 1
  /\ \E n \in 0..Len(log[b]) : log' = [log EXCEPT ![b] = SubSeq(@, 1, n)]
  /\ restarted' = restarted \cup {b}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 source, sent, executed, acked, ids, sets, looks>>

\* Its new run id is recorded once it has all that the master that adopted it has.
CaughtUp(b) ==
  /\ b \in restarted
  /\ source[b] # b /\ source[b] \notin restarted /\ log[b] = log[source[b]]
  /\ \E e \in Epochs : phase[e] = "promoted" /\ newMaster[e] = source[b] /\ bEpoch[b] >= e
                       /\ Lineage(log[b]) >= e
  /\ restarted' = restarted \ {b}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, losses, ids, sets, looks>>

Send(p, w, e) ==
  /\ \A s \in sent \cup executed : s[1] # w
  /\ w \notin acked
  /\ phase[e] = "promoted"
  /\ SendGuard => Holds(p, e)
  /\ sent' = sent \cup {<<w, p, e, newMaster[e]>>}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 log, source, executed, acked, restarted, losses, ids, sets, looks>>

\* The backend takes writes as long as it is a master, whatever the epoch.
Execute(s) ==
  /\ s \in sent
  /\ source[s[4]] = s[4]
  /\ FencedStart => s[4] \notin restarted
  /\ log' = [log EXCEPT ![s[4]] = Append(@, <<"w", s[1]>>)]
  /\ sent' = sent \ {s}
  /\ executed' = executed \cup {s}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 source, acked, restarted, losses, ids, sets, looks>>

Copies(e, m) == {b \in record[e][1] \ {m} : Counts(b, m, e)}
Needed(e) == IF KGuard \/ record[e][2] = 0 THEN record[e][2] ELSE record[e][2] - 1

\* The master shows an id that a majority has recorded.
Recorded(e, m) ==
  Replids /\ RecordedGuard => {v \in Voters : shown[m][1] \in vIds[v]} \in Majority

Ack(s) ==
  /\ s \in executed
  /\ LeaseGuard => Holds(s[2], s[3])
  /\ Recorded(s[3], s[4])
  /\ Cardinality({b \in Copies(s[3], s[4]) : Has(b, s[1])}) >= Needed(s[3])
  /\ acked' = acked \cup {s[1]}
  /\ executed' = executed \ {s}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 log, source, sent, restarted, losses, ids, sets, looks>>

------------------------------------------------------------------------------
\* A read at a master.  It must show what was acknowledged before it was sent.
SendRead(p, e) ==
  /\ reads < Reads /\ read = <<>> /\ phase[e] = "promoted"
  /\ reads' = reads + 1
  /\ read' = <<p, e, newMaster[e], acked, <<>> >>
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, ids, sets,
                 log, source, sent, executed, acked, restarted, losses, seen, stale>>

ExecuteRead ==
  /\ read # <<>> /\ read[5] = <<>>
  /\ source[read[3]] = read[3]
  /\ FencedStart => read[3] \notin restarted
  /\ read' = [read EXCEPT ![5] = <<WritesIn(log[read[3]])>>]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, ids, sets,
                 log, source, sent, executed, acked, restarted, losses, reads, seen, stale>>

ReleaseRead ==
  /\ read # <<>> /\ read[5] # <<>>
  /\ ReadLeaseGuard => Holds(read[1], read[2])
  /\ Recorded(read[2], read[3])
  /\ ReadCommitGuard =>
        Cardinality({b \in Copies(read[2], read[3]) : \A w \in read[5][1] : Has(b, w)})
          >= Needed(read[2])
  /\ seen' = seen \cup read[5][1]
  /\ stale' = (stale \/ ~(read[4] \subseteq read[5][1]))
  /\ read' = <<>>
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, ids, sets,
                 log, source, sent, executed, acked, restarted, losses, reads>>

Next ==
  \/ \E v \in Voters, p \in Proxies : Grant(v, p)
  \/ \E v \in Voters, p \in Proxies, e \in Epochs : ProxyDrop(p, v, e) \/ VoterForget(v, p, e)
  \/ \E v \in Voters, e \in Epochs : Vote(v, e) \/ Activate(v, e) \/ RecordId(v, e)
  \/ \E e \in Epochs, Q \in Majority : Fence(e, Q)
  \/ \E e \in Epochs, b \in Backends : Consult(e, b) \/ Repoint(e, b)
  \/ \E e \in Epochs : Promote(e) \/ Settle(e)
  \/ \E b \in Backends : Replicate(b) \/ Attach(b) \/ ChangeId(b) \/ Lose(b) \/ CaughtUp(b)
  \/ \E p \in Proxies, w \in Writes, e \in Epochs : Send(p, w, e)
  \/ \E s \in sent : Execute(s)
  \/ \E s \in executed : Ack(s)
  \/ \E p \in Proxies, e \in Epochs : SendRead(p, e)
  \/ ExecuteRead \/ ReleaseRead

Spec == Init /\ [][Next]_vars

------------------------------------------------------------------------------
\* No proxy can acknowledge in an old epoch once a later master has been promoted.
OneWriter ==
  \A e \in Epochs : phase[e] = "promoted" =>
    \A d \in Epochs : d < e => \A p \in Proxies : ~Holds(p, d)

\* These writes are in the data of the newest master, unless that master has restarted;
\* then they are still on some backend, for the next epoch to find.
Kept(writes) ==
  \A e \in Epochs :
    (phase[e] = "promoted" /\ \A d \in Epochs : d > e => phase[d] # "promoted")
      => \A w \in writes : IF newMaster[e] \notin restarted
                           THEN Has(newMaster[e], w)
                           ELSE \E b \in Backends : Has(b, w)

NoAckedLoss == Kept(acked)

\* What a read has shown is not lost either.
NoSeenLoss == Kept(seen)

\* A read shows every write acknowledged before it was sent.
CurrentReads == ~stale

------------------------------------------------------------------------------
\* Constraints for showing what a guard is for: they leave out states, so that they
\* prove nothing, but a violation found among the rest is one.
WritesInLastEpoch == \A s \in sent \cup executed : s[3] = MaxEpoch
WritesInFirstEpoch == \A s \in sent \cup executed : s[3] = 1
LossAfterAck == losses > 0 => acked # {}
Late == WritesInLastEpoch /\ LossAfterAck
\* The write is acknowledged before anything is fenced, and each leader has promoted
\* before the next one fences.
InOrder ==
  /\ WritesInFirstEpoch
  /\ \A e \in Epochs : e > 1 /\ phase[e] # "idle" => acked # {}
  /\ \A d, e \in Epochs : d < e /\ phase[e] # "idle" => phase[d] = "promoted"
==============================================================================
