package holdfast;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/**
 * Which package may use what. The root package is a parameter so that each rule can be turned on
 * fixtures that break it: a rule that cannot fail proves nothing.
 */
final class ArchitectureRules {
  /** Packages that own sockets, files, timers and threads; all others are cores. */
  private static final List<String> SHELLS =
      List.of(
          "transport", "link", "server", "front", "dispatch", "runtime", "store", "admin", "cli");

  private static final Set<String> CLOCK_METHODS =
      Set.of(
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.time.Instant.now",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.LocalTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.ZonedDateTime.now");

  private final String root;

  ArchitectureRules(String root) {
    this.root = root;
  }

  ArchRule backendUsesNothingOfOurs() {
    return noClasses()
        .that(in("backend"))
        .should()
        .dependOnClassesThat(ours().and(not(in("backend"))))
        .because("backend is what the others stand on");
  }

  ArchRule routingUsesOnlyBackend() {
    return noClasses()
        .that(in("routing"))
        .should()
        .dependOnClassesThat(ours().and(not(in("routing", "backend"))))
        .because("routing and health never meet");
  }

  ArchRule healthUsesOnlyBackend() {
    return noClasses()
        .that(in("health"))
        .should()
        .dependOnClassesThat(ours().and(not(in("health", "backend"))))
        .because("routing and health never meet");
  }

  ArchRule nothingUsesBench() {
    return noClasses()
        .that(in("backend", "routing", "health", "proxy"))
        .should()
        .dependOnClassesThat(in("bench"))
        .because("what people run does not need what measures it");
  }

  ArchRule coresUseNoShell() {
    return noClasses()
        .that(ours().and(not(shells())))
        .should()
        .dependOnClassesThat(shells())
        .because("arrows point down: shell, core, model");
  }

  ArchRule modelUsesOnlyModel() {
    return noClasses()
        .that(in("backend.model"))
        .should()
        .dependOnClassesThat(ours().and(not(in("backend.model"))))
        .because("all share the model");
  }

  ArchRule packagesHaveNoCycles() {
    return slices().matching(root + ".(*).(*)..").should().beFreeOfCycles();
  }

  ArchRule onlyTheTimePackageReadsClocks() {
    return noClasses()
        .that(ours().and(not(in("backend.time"))))
        .should()
        .accessTargetWhere(
            describe(
                "a clock is read",
                access -> {
                  AccessTarget target = access.getTarget();
                  String name = target.getOwner().getName() + "." + target.getName();
                  return CLOCK_METHODS.contains(name)
                      || name.startsWith("java.time.Clock.")
                      || name.startsWith("io.netty.util.concurrent.Ticker.");
                }))
        .because("a simulated clock must reach everything: see backend.time");
  }

  ArchRule onlyShellsUseNetty() {
    return noClasses()
        .that(ours().and(not(shells())).and(not(in("backend.resp"))))
        .should()
        .dependOnClassesThat(resideInAPackage("io.netty.."))
        .because("cores are tested without sockets");
  }

  ArchRule respUsesOfNettyOnlyBuffers() {
    return noClasses()
        .that(in("backend.resp"))
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.netty..")
                .and(not(resideInAPackage("io.netty.buffer")))
                .and(not(nameIs("io.netty.util.ByteProcessor"))))
        .because("frames are found in a buffer, wherever it came from");
  }

  ArchRule onlyShellsUseFilesAndChannels() {
    return noClasses()
        .that(ours().and(not(shells())))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..")
                .or(nameIs("java.io.File"))
                .or(nameIs("java.io.FileInputStream"))
                .or(nameIs("java.io.FileOutputStream"))
                .or(nameIs("java.io.RandomAccessFile")))
        .because("effects are asked for, and the shell performs them");
  }

  ArchRule onlyShellsUseThreads() {
    return noClasses()
        .that(ours().and(not(shells())))
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.util.concurrent.locks..")
                .or(nameIs("java.lang.Thread"))
                .or(nameIs("java.util.Timer"))
                .or(
                    describe(
                        "executors",
                        type ->
                            type.getPackageName().equals("java.util.concurrent")
                                && (type.getSimpleName().contains("Executor")
                                    || type.getSimpleName().startsWith("ForkJoin")
                                    || type.getSimpleName().equals("CompletableFuture")))))
        .because("a core runs on its caller's thread");
  }

  /** Also tells packages that have no package-info at all. */
  ArchRule everyPackageIsNullMarked() {
    return classes()
        .that(ours())
        .should(
            new ArchCondition<>("be in a package that package-info marks @NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                if (!marked) {
                  events.add(
                      SimpleConditionEvent.violated(
                          type, type.getName() + ": its package is not @NullMarked"));
                }
              }
            });
  }

  private DescribedPredicate<JavaClass> ours() {
    return resideInAPackage(root + "..");
  }

  private DescribedPredicate<JavaClass> in(String... packages) {
    var patterns = new ArrayList<String>();
    for (String each : packages) {
      patterns.add(root + "." + each + "..");
    }
    return resideInAnyPackage(patterns.toArray(String[]::new));
  }

  private DescribedPredicate<JavaClass> shells() {
    var patterns = new ArrayList<String>();
    for (String shell : SHELLS) {
      patterns.add(root + ".*." + shell + "..");
    }
    return resideInAnyPackage(patterns.toArray(String[]::new)).as("shells");
  }

  private static DescribedPredicate<JavaClass> nameIs(String name) {
    return describe(name, type -> type.getName().equals(name));
  }
}
