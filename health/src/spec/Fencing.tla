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
(* allows the most; a vote forbids and enables only Fence, so that to give *)
(* it at the last moment allows the most.  The configurations with three   *)
(* voters take the steps one by one.                                       *)
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
          LoseDisk      \* how many times a backend may restart with only a prefix of its data

Epochs == 1..MaxEpoch
N == Cardinality(Backends)
Majority == {Q \in SUBSET Voters : 2 * Cardinality(Q) > Cardinality(Voters)}
None == "none"
\* Backends other than the first master are alike.
Alike == Permutations(Backends \ {First})
AlikeVoters == Alike \cup Permutations(Voters)

VARIABLES
  vEpoch,    \* voter -> highest epoch it has voted in (persisted)
  vAcc,      \* voter -> <<epoch, master>> it has accepted as active (persisted)
  vLease,    \* voter -> set of <<proxy, epoch>> that may still be held
  pLease,    \* proxy -> set of <<voter, epoch>> it may still use
  phase,     \* epoch -> "idle" | "fenced" | "promoted"
  newMaster, \* epoch -> backend it promoted
  bEpoch,    \* backend -> highest epoch whose leader has spoken to it
  consulted, \* epoch -> set of <<backend, lineage, length>> answers, until it has promoted one
  log,       \* backend -> sequence of entries: <<"w", write>> or <<"e", epoch>>
  source,    \* backend -> backend that it replicates from, itself if it is a master
  sent,      \* set of <<write, proxy, epoch, backend>> on their way
  executed,  \* set of <<write, proxy, epoch, backend>> executed, reply on its way
  acked,     \* set of writes acknowledged to a client
  restarted, \* backends whose run id is not the recorded one
  losses

vars == <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
          log, source, sent, executed, acked, restarted, losses>>

Max(S) == CHOOSE x \in S : \A y \in S : x >= y

\* The epoch of the history that a backend's data belongs to (Redis: its replication id).
Lineage(l) == Max({0} \cup {l[i][2] : i \in {j \in 1..Len(l) : l[j][1] = "e"}})
Has(b, w) == \E i \in 1..Len(log[b]) : log[b][i] = <<"w", w>>
IsPrefix(a, b) == Len(a) <= Len(b) /\ \A i \in 1..Len(a) : a[i] = b[i]

Holds(p, e) == {v \in Voters : <<v, e>> \in pLease[p]} \in Majority

Init ==
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
                 sent, executed, acked, restarted, losses>>

\* The lease runs out at the proxy, or the proxy gives it up.
ProxyDrop(p, v, e) ==
  /\ ~Eager
  /\ <<v, e>> \in pLease[p]
  /\ pLease' = [pLease EXCEPT ![p] = @ \ {<<v, e>>}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses>>

\* The clock assumption: the voter counts it as ended only after the proxy does.
VoterForget(v, p, e) ==
  /\ ~Eager
  /\ <<p, e>> \in vLease[v]
  /\ <<v, e>> \notin pLease[p]
  /\ vLease' = [vLease EXCEPT ![v] = @ \ {<<p, e>>}]
  /\ UNCHANGED <<vEpoch, vAcc, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses>>

------------------------------------------------------------------------------
\* Candidate of epoch e gets votes; each voter votes once per epoch, upwards only.
\* (Per epoch at most one candidate can have a majority: the model keeps that one.)
Vote(v, e) ==
  /\ ~Eager
  /\ e > vEpoch[v]
  /\ vEpoch' = [vEpoch EXCEPT ![v] = e]
  /\ UNCHANGED <<vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, restarted, losses>>

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
  /\ UNCHANGED <<vAcc, newMaster, bEpoch, consulted, log, source,
                 sent, executed, acked, restarted, losses>>

\* The leader asks a backend where it stands.  From then on the backend obeys no
\* leader of an earlier epoch (Redis: the earlier leader's connections are killed).
Consult(e, b) ==
  /\ phase[e] = "fenced"
  /\ BackendGuard => bEpoch[b] <= e
  /\ RunIdGuard => b \notin restarted
  /\ \A c \in consulted[e] : c[1] # b
  /\ bEpoch' = [bEpoch EXCEPT ![b] = e]
  /\ consulted' = [consulted EXCEPT ![e] = @ \cup {<<b, Lineage(log[b]), Len(log[b])>>}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, log, source, sent,
                 executed, acked, restarted, losses>>

Better(x, y) == x[2] > y[2] \/ (x[2] = y[2] /\ x[3] >= y[3])

\* The candidate has not restarted since it answered.  (A backend of ours checks run id
\* and offset in the command that promotes it; on Redis the leader reads them again
\* afterwards and gives the epoch up if they differ, before any voter activates it.)
SameAsAnswered(c) ==
  RunIdGuard => c[1] \notin restarted /\ Len(log[c[1]]) >= c[3]

Promote(e) ==
  /\ phase[e] = "fenced"
  /\ Cardinality(consulted[e]) >= (IF ConsultEnough THEN N - K ELSE 1)
  /\ \E c \in consulted[e] :
       /\ \A d \in consulted[e] : Better(c, d)
       /\ BackendGuard => bEpoch[c[1]] = e
       /\ SameAsAnswered(c)
       /\ newMaster' = [newMaster EXCEPT ![e] = c[1]]
       /\ log' = [log EXCEPT ![c[1]] = Append(@, <<"e", e>>)]
       /\ source' = [source EXCEPT ![c[1]] = c[1]]
  /\ phase' = [phase EXCEPT ![e] = "promoted"]
  /\ consulted' = [consulted EXCEPT ![e] = {}]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, bEpoch, sent, executed,
                 acked, restarted, losses>>

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
  /\ UNCHANGED <<phase, newMaster, bEpoch, consulted, log, source,
                 sent, executed, acked, restarted, losses>>

\* The leader points another backend at the new master.
Repoint(e, b) ==
  /\ phase[e] = "promoted"
  /\ newMaster[e] # b /\ source[b] # newMaster[e]
  /\ BackendGuard => bEpoch[b] <= e
  /\ bEpoch' = [bEpoch EXCEPT ![b] = e]
  /\ source' = [source EXCEPT ![b] = newMaster[e]]
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, consulted, log, sent,
                 executed, acked, restarted, losses>>

------------------------------------------------------------------------------
\* A replica copies one entry, or starts over where the histories differ.
Replicate(b) ==
  LET s == source[b] IN
  /\ s # b /\ log[s] # log[b]
  /\ FencedStart => s \notin restarted
  /\ ResyncGuard => Lineage(log[s]) >= Lineage(log[b])
  /\ log' = [log EXCEPT ![b] =
        IF log[b] # << >> /\ IsPrefix(log[b], log[s])
          THEN SubSeq(log[s], 1, Len(log[b]) + 1)   \* partial resync: the next entry
          ELSE log[s]]                              \* full resync: a snapshot, whole
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 source, sent, executed, acked, restarted, losses>>

\* A backend restarts with some prefix of its data: nothing, or an old snapshot.
Lose(b) ==
  /\ losses < LoseDisk
  /\ losses' = losses + 1
  /\ \E n \in 0..Len(log[b]) : log' = [log EXCEPT ![b] = SubSeq(@, 1, n)]
  /\ restarted' = restarted \cup {b}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 source, sent, executed, acked>>

\* Its new run id is recorded once it has all that the master that adopted it has.
CaughtUp(b) ==
  /\ b \in restarted
  /\ source[b] # b /\ source[b] \notin restarted /\ log[b] = log[source[b]]
  /\ \E e \in Epochs : phase[e] = "promoted" /\ newMaster[e] = source[b] /\ bEpoch[b] >= e
                       /\ Lineage(log[b]) >= e
  /\ restarted' = restarted \ {b}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted, log,
                 source, sent, executed, acked, losses>>

Send(p, w, e) ==
  /\ \A s \in sent \cup executed : s[1] # w
  /\ w \notin acked
  /\ phase[e] = "promoted"
  /\ Holds(p, e)
  /\ sent' = sent \cup {<<w, p, e, newMaster[e]>>}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 log, source, executed, acked, restarted, losses>>

\* The backend takes writes as long as it is a master, whatever the epoch.
Execute(s) ==
  /\ s \in sent
  /\ source[s[4]] = s[4]
  /\ FencedStart => s[4] \notin restarted
  /\ log' = [log EXCEPT ![s[4]] = Append(@, <<"w", s[1]>>)]
  /\ sent' = sent \ {s}
  /\ executed' = executed \cup {s}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 source, acked, restarted, losses>>

\* A replica counts towards K only if it follows this master and the leader of this
\* epoch has adopted it: an earlier leader could still point any other one elsewhere.
Counts(b, m, e) ==
  source[b] = m /\ (AdoptGuard => bEpoch[b] >= e) /\ (RunIdGuard => b \notin restarted)

Ack(s) ==
  /\ s \in executed
  /\ LeaseGuard => Holds(s[2], s[3])
  /\ Cardinality({b \in Backends \ {s[4]} : Counts(b, s[4], s[3]) /\ Has(b, s[1])}) >= K
  /\ acked' = acked \cup {s[1]}
  /\ executed' = executed \ {s}
  /\ UNCHANGED <<vEpoch, vAcc, vLease, pLease, phase, newMaster, bEpoch, consulted,
                 log, source, sent, restarted, losses>>

Next ==
  \/ \E v \in Voters, p \in Proxies : Grant(v, p)
  \/ \E v \in Voters, p \in Proxies, e \in Epochs : ProxyDrop(p, v, e) \/ VoterForget(v, p, e)
  \/ \E v \in Voters, e \in Epochs : Vote(v, e) \/ Activate(v, e)
  \/ \E e \in Epochs, Q \in Majority : Fence(e, Q)
  \/ \E e \in Epochs, b \in Backends : Consult(e, b) \/ Repoint(e, b)
  \/ \E e \in Epochs : Promote(e)
  \/ \E b \in Backends : Replicate(b) \/ Lose(b) \/ CaughtUp(b)
  \/ \E p \in Proxies, w \in Writes, e \in Epochs : Send(p, w, e)
  \/ \E s \in sent : Execute(s)
  \/ \E s \in executed : Ack(s)

Spec == Init /\ [][Next]_vars

------------------------------------------------------------------------------
\* No proxy can acknowledge in an old epoch once a later master has been promoted.
OneWriter ==
  \A e \in Epochs : phase[e] = "promoted" =>
    \A d \in Epochs : d < e => \A p \in Proxies : ~Holds(p, d)

\* Every acknowledged write is in the data of the newest master, unless that master
\* has restarted; then it is still on some backend, for the next epoch to find.
NoAckedLoss ==
  \A e \in Epochs :
    (phase[e] = "promoted" /\ \A d \in Epochs : d > e => phase[d] # "promoted")
      => \A w \in acked : IF newMaster[e] \notin restarted
                          THEN Has(newMaster[e], w)
                          ELSE \E b \in Backends : Has(b, w)
------------------------------------------------------------------------------
\* Constraints for showing what a guard is for: they leave out states, so that they
\* prove nothing, but a violation found among the rest is one.
WritesInLastEpoch == \A s \in sent \cup executed : s[3] = MaxEpoch
LossAfterAck == losses > 0 => acked # {}
Late == WritesInLastEpoch /\ LossAfterAck
==============================================================================
