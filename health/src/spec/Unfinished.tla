----------------------------- MODULE Unfinished -----------------------------
(***************************************************************************)
(* Progress of the votes: whatever epochs were begun and never finished,   *)
(* in the end every voter that lives grants leases of the same epoch.      *)
(*                                                                         *)
(* A voter that has voted in e + 1 grants nothing in e any more.  If the   *)
(* leader of e + 1 then dies, or never gets its majority, and the master   *)
(* is healthy, nobody has a reason to stand but the vote itself: so a      *)
(* voter whose vote is above its accepted epoch stands, master down or not *)
(* (StandGuard), and a voter that is told so in the pre-vote agrees        *)
(* (AgreeGuard).  A voter that has the record the candidate lacks, gives it *)
(* that instead (LearnGuard): otherwise a voter that missed the end of an  *)
(* epoch begins the next, and so on for ever.                              *)
(*                                                                         *)
(* Trouble, Troubles times at most: a voter takes the master for down, a   *)
(* leader fails, two stand at a time, a voter dies for good (a minority).  *)
(* After that the random delays let each candidate try alone, which is     *)
(* what is assumed here.  What a leader does between its majority and the  *)
(* record (fence, consult, promote) is one step: Fencing.tla has it.       *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS Voters, Troubles,
          MaxEpoch,     \* more than are ever used: see Room
          Quorum,       \* voters that must see the master down
          StandGuard,   \* TRUE: the protocol.  FALSE: a voter stands only if the master is down
          AgreeGuard,   \* TRUE: the protocol.  FALSE: only a voter's own eyes and vote make it agree
          LearnGuard    \* TRUE: whoever has a later record answers with that instead of agreeing

VARIABLES
  vote,      \* voter -> <<epoch, candidate>> of its last vote (persisted)
  accepted,  \* voter -> epoch whose record it has accepted (persisted)
  sees,      \* voters that see the master down
  leads,     \* voter -> epoch that it is a candidate or the leader of, 0: of none
  promoted,  \* epochs whose leader had a majority and wrote the record
  dead,
  troubles

vars == <<vote, accepted, sees, leads, promoted, dead, troubles>>

Majority(S) == 2 * Cardinality(S) > Cardinality(Voters)
Live == Voters \ dead
Unfinished(v) == vote[v][1] > accepted[v]
Busy == \E v \in Voters : leads[v] # 0
Latest == CHOOSE e \in {vote[v][1] : v \in Voters} : \A v \in Voters : vote[v][1] <= e

Init ==
  /\ vote = [v \in Voters |-> <<1, v>>]
  /\ accepted = [v \in Voters |-> 1]
  /\ sees = {} /\ leads = [v \in Voters |-> 0] /\ promoted = {1} /\ dead = {} /\ troubles = 0

------------------------------------------------------------------------------
\* Why a voter stands, and why another agrees that it does.
Wants(v) == (v \in sees /\ Cardinality(sees) >= Quorum) \/ (StandGuard /\ Unfinished(v))
Agrees(w, v) ==
  \* Only a record that the candidate may still accept: it may have voted above it.
  /\ LearnGuard => ~(accepted[w] > accepted[v] /\ accepted[w] >= vote[v][1])
  /\ w \in sees \/ Unfinished(w) \/ (AgreeGuard /\ Unfinished(v))

Stand(v) ==
  /\ v \in Live /\ leads[v] = 0
  /\ Wants(v) /\ Majority({w \in Live : Agrees(w, v)})
  /\ Latest < MaxEpoch
  /\ vote' = [vote EXCEPT ![v] = <<Latest + 1, v>>]
  /\ leads' = [leads EXCEPT ![v] = Latest + 1]
  /\ UNCHANGED <<accepted, sees, promoted, dead>>

StandAlone(v) == ~Busy /\ Stand(v) /\ UNCHANGED troubles

Vote(w, v) ==
  /\ w \in Live /\ leads[v] > vote[w][1]
  /\ vote' = [vote EXCEPT ![w] = <<leads[v], v>>]
  /\ UNCHANGED <<accepted, sees, leads, promoted, dead, troubles>>

Promote(v) ==
  /\ leads[v] # 0 /\ leads[v] \notin promoted
  /\ Majority({w \in Voters : vote[w] = <<leads[v], v>>})
  /\ promoted' = promoted \cup {leads[v]}
  /\ UNCHANGED <<vote, accepted, sees, leads, dead, troubles>>

\* The record comes from the leader, or from a voter that has accepted it; its master is up.
Accept(w, e) ==
  /\ w \in Live /\ e \in promoted
  /\ \E v \in Live : leads[v] = e \/ accepted[v] = e
  /\ vote[w][1] <= e /\ accepted[w] < e
  /\ accepted' = [accepted EXCEPT ![w] = e]
  /\ vote' = [vote EXCEPT ![w] = IF @[1] = e THEN @ ELSE <<e, w>>]
  /\ sees' = sees \ {w}
  /\ UNCHANGED <<leads, promoted, dead, troubles>>

\* The leader is done, or can get no majority any more.
Done(v) ==
  /\ leads[v] # 0
  /\ \/ Majority({w \in Voters : accepted[w] >= leads[v]})
     \/ ~Majority({w \in Live : \/ vote[w][1] < leads[v]
                                \/ vote[w] = <<leads[v], v>>
                                \/ vote[w][1] = leads[v] /\ leads[v] \in promoted})
  /\ leads' = [leads EXCEPT ![v] = 0]
  /\ UNCHANGED <<vote, accepted, sees, promoted, dead, troubles>>

SeeUp(v) ==
  /\ v \in sees
  /\ sees' = sees \ {v}
  /\ UNCHANGED <<vote, accepted, leads, promoted, dead, troubles>>

Progress ==
  \/ \E v \in Voters : StandAlone(v) \/ Promote(v) \/ Done(v) \/ SeeUp(v)
  \/ \E v, w \in Voters : Vote(w, v)
  \/ \E w \in Voters, e \in 1..MaxEpoch : Accept(w, e)

------------------------------------------------------------------------------
SeeDown(v) ==
  /\ v \in Live \ sees
  /\ sees' = sees \cup {v}
  /\ UNCHANGED <<vote, accepted, leads, promoted, dead>>

\* The leader stops leading, whatever it has done so far; its vote stays.
Fail(v) ==
  /\ leads[v] # 0
  /\ leads' = [leads EXCEPT ![v] = 0]
  /\ UNCHANGED <<vote, accepted, sees, promoted, dead>>

Die(v) ==
  /\ v \in Live /\ Majority(Live \ {v})
  /\ dead' = dead \cup {v} /\ sees' = sees \ {v}
  /\ leads' = [leads EXCEPT ![v] = 0]
  /\ UNCHANGED <<vote, accepted, promoted>>

Trouble ==
  /\ troubles < Troubles
  /\ troubles' = troubles + 1
  /\ \E v \in Voters : SeeDown(v) \/ Fail(v) \/ Die(v) \/ (Busy /\ Stand(v))

\* No step of Progress is repeated for ever, so that it is enough that some is taken.
Spec == Init /\ [][Progress \/ Trouble]_vars /\ WF_vars(Progress)

------------------------------------------------------------------------------
Granting == \A v, w \in Live : accepted[v] = vote[v][1] /\ accepted[v] = accepted[w]
Settles == <>[]Granting

\* The same as an invariant, which is checked faster and with symmetry: each step of
\* Progress raises an epoch, a vote or a record, or takes a leader or a doubt away, so
\* that it comes to an end; where it has ended, they grant.
NeverStuck == Granting \/ ENABLED Progress
Alike == Permutations(Voters)

\* Two leaders of one epoch never write its record.
OneLeader ==
  \A v, w \in Voters : v # w /\ leads[v] # 0 /\ leads[v] = leads[w] =>
    ~(/\ Majority({x \in Voters : vote[x] = <<leads[v], v>>})
      /\ Majority({x \in Voters : vote[x] = <<leads[w], w>>}))

\* The bound of epochs is not what ends the trouble.
Room == Latest < MaxEpoch
==============================================================================
