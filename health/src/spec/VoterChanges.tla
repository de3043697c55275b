---------------------------- MODULE VoterChanges ----------------------------
(***************************************************************************)
(* Who may lead while the voters change: a record that a majority of its   *)
(* voters has accepted is the base, or the base's base, of every later     *)
(* one.  So no two leaders go on from the same past without knowing of     *)
(* each other, although they count majorities of different voters.         *)
(*                                                                         *)
(* A leader may add or remove one voter.  Its record keeps those before    *)
(* until a later leader's votes tell that a majority of the new ones has   *)
(* accepted it.  A voter votes for whoever names it; the votes tell which  *)
(* record they have accepted, and the majority counts of the latest.       *)
(*                                                                         *)
(* An election is one step: a voter's record cannot change between its     *)
(* vote and the leader's majority, since it then accepts nothing of        *)
(* earlier epochs.  Votes that elect nobody are steps of their own.        *)
(* Disks are not lost here: a voter without its disk is another voter.     *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS Voters,       \* all that there may ever be
          First,        \* those of the first record
          MaxEpoch,
          Wasted,       \* whether votes are given that elect nobody
          BothGuard,    \* TRUE: a majority of the voters before as well, unless the change is known to be in force
          SettledGuard, \* TRUE: no change of the voters before the last one is known to be in force
          BaseGuard     \* TRUE: majorities are of the latest record's voters.  FALSE: of those the candidate knew

VARIABLES
  voted,     \* voter -> latest epoch it has voted in or accepted
  accepted,  \* voter -> epoch of its record, 0: none
  record,    \* epoch -> <<voters, voters before or {}, epoch of the base>>, or None
  had        \* epoch -> all that have ever accepted its record

vars == <<voted, accepted, record, had>>

Epochs == 1..MaxEpoch
None == <<{}, {}, 0>>
Majority(Q, S) == 2 * Cardinality(Q \cap S) > Cardinality(S)
Of(e) == record[e][1]
Former(e) == record[e][2]
InForce(e) == record[e] # None /\ Majority(had[e], Of(e))
Max(S) == CHOOSE m \in S : \A n \in S : n <= m

Init ==
  /\ voted = [v \in Voters |-> IF v \in First THEN 1 ELSE 0]
  /\ accepted = voted
  /\ record = [e \in Epochs |-> IF e = 1 THEN <<First, {}, 0>> ELSE None]
  /\ had = [e \in Epochs |-> IF e = 1 THEN First ELSE {}]

\* The next voters: the same, or one more or less.
Changed(S) == {T \in SUBSET Voters :
                 T # {} /\ Cardinality(T \ S) + Cardinality(S \ T) <= 1}

\* Somebody who knows these voters is elected by these of them.
Elect(known, Q, e) ==
  /\ \A v \in Q : accepted[v] > 0 /\ voted[v] < e
  /\ \E c \in Q : Of(accepted[c]) = known
  /\ LET base == Max({accepted[v] : v \in Q})
         inForce == Majority({v \in Q : accepted[v] = base}, Of(base))
         settled == Former(base) = {} \/ inForce
     IN /\ Majority(Q, IF BaseGuard THEN Of(base) ELSE known)
        /\ BothGuard /\ ~settled => Majority(Q, Former(base))
        /\ \E next \in Changed(Of(base)) :
             /\ next # Of(base) => settled \/ ~SettledGuard
             /\ record' = [record EXCEPT ![e] =
                  <<next, IF next # Of(base) THEN Of(base) ELSE IF settled THEN {} ELSE Former(base), base>>]
  /\ voted' = [v \in Voters |-> IF v \in Q THEN e ELSE voted[v]]
  /\ UNCHANGED <<accepted, had>>

\* A vote for somebody who gets no majority.
Waste(v, e) ==
  /\ Wasted
  /\ accepted[v] > 0 /\ voted[v] < e
  /\ voted' = [voted EXCEPT ![v] = e]
  /\ UNCHANGED <<accepted, record, had>>

\* Told by the leader or by whoever has it; those that it removes accept it too.
Accept(v, e) ==
  /\ record[e] # None /\ accepted[v] < e /\ voted[v] <= e
  /\ v \in Of(e) \cup Former(e) \cup Of(record[e][3])
  /\ accepted' = [accepted EXCEPT ![v] = e]
  /\ voted' = [voted EXCEPT ![v] = e]
  /\ had' = [had EXCEPT ![e] = @ \cup {v}]
  /\ UNCHANGED record

Next ==
  \/ \E e \in 2..MaxEpoch :
       /\ \A d \in 2..(e - 1) : record[d] # None \/ \E v \in Voters : voted[v] >= d
       /\ record[e] = None
       /\ \/ \E known \in {Of(accepted[c]) : c \in {v \in Voters : accepted[v] > 0}} :
               \E Q \in SUBSET known : Elect(known, Q, e)
          \/ \E v \in Voters : Waste(v, e)
  \/ \E v \in Voters, e \in 2..MaxEpoch : Accept(v, e)

Spec == Init /\ [][Next]_vars

------------------------------------------------------------------------------
RECURSIVE Past(_)
Past(e) == IF e = 0 THEN {} ELSE {e} \cup Past(record[e][3])

\* What was decided is known to whoever decides later.
OnePast ==
  \A e \in Epochs : InForce(e) =>
    \A f \in (e + 1)..MaxEpoch : record[f] # None => e \in Past(f)

\* Where to look for a violation first: one leader removes, the next one adds.
Fork ==
  /\ record[2] # None => Cardinality(Of(2)) < Cardinality(First)
  /\ record[3] # None => Cardinality(Of(3)) > Cardinality(First)

Alike == Permutations(First) \cup Permutations(Voters \ First)
==============================================================================
