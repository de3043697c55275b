package holdfast;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages, and where clocks, threads, files and Netty appear. */
class ArchitectureTest {
  private static JavaClasses product;
  private static JavaClasses fixtures;

  @BeforeAll
  static void readClasses() {
    product =
        new ClassFileImporter()
            .withImportOption(location -> !isTestCode(location))
            .importPackages("holdfast");
    fixtures = new ClassFileImporter().importPackages("holdfast.fixture");
  }

  private static boolean isTestCode(Location location) {
    return location.contains("/test-classes/") || location.contains("-tests.jar");
  }

  @Test
  void readsTheClassesOfAllModules() {
    for (String module : new String[] {"backend", "proxy"}) {
      assertTrue(
          product.stream().anyMatch(c -> c.getPackageName().startsWith("holdfast." + module + ".")),
          "no class of " + module);
    }
  }

  @Test
  void backendUsesNothingOfOurs() {
    keptAndAbleToFail(ArchitectureRules::backendUsesNothingOfOurs, "backend.model.UsesRouting");
  }

  @Test
  void routingUsesOnlyBackend() {
    keptAndAbleToFail(ArchitectureRules::routingUsesOnlyBackend, "routing.plan.MeetsHealth");
  }

  @Test
  void healthUsesOnlyBackend() {
    keptAndAbleToFail(ArchitectureRules::healthUsesOnlyBackend, "health.vote.MeetsRouting");
  }

  @Test
  void nothingUsesBench() {
    keptAndAbleToFail(ArchitectureRules::nothingUsesBench, "proxy.session.UsesBench");
  }

  @Test
  void coresUseNoShell() {
    keptAndAbleToFail(ArchitectureRules::coresUseNoShell, "health.vote.UsesShell");
  }

  @Test
  void modelUsesOnlyModel() {
    keptAndAbleToFail(ArchitectureRules::modelUsesOnlyModel, "backend.model.UsesRouting");
  }

  @Test
  void packagesHaveNoCycles() {
    keptAndAbleToFail(ArchitectureRules::packagesHaveNoCycles, "health.vote.MeetsRouting");
  }

  @Test
  void onlyTheTimePackageReadsClocks() {
    keptAndAbleToFail(
        ArchitectureRules::onlyTheTimePackageReadsClocks, "backend.engine.ReadsClock");
  }

  @Test
  void onlyShellsUseNetty() {
    keptAndAbleToFail(ArchitectureRules::onlyShellsUseNetty, "backend.engine.UsesNetty");
  }

  @Test
  void respUsesOfNettyOnlyBuffers() {
    keptAndAbleToFail(ArchitectureRules::respUsesOfNettyOnlyBuffers, "backend.resp.UsesChannel");
  }

  @Test
  void onlyShellsUseFilesAndChannels() {
    keptAndAbleToFail(ArchitectureRules::onlyShellsUseFilesAndChannels, "backend.engine.OpensFile");
  }

  @Test
  void onlyShellsUseThreads() {
    keptAndAbleToFail(ArchitectureRules::onlyShellsUseThreads, "backend.engine.StartsThread");
  }

  @Test
  void everyPackageIsNullMarked() {
    keptAndAbleToFail(ArchitectureRules::everyPackageIsNullMarked, "backend.model.UsesRouting");
  }

  /** The product keeps the rule, and the rule finds the fixture that breaks it. */
  private static void keptAndAbleToFail(
      Function<ArchitectureRules, ArchRule> rule, String fixture) {
    rule.apply(new ArchitectureRules("holdfast")).allowEmptyShould(true).check(product);

    var found = rule.apply(new ArchitectureRules("holdfast.fixture")).evaluate(fixtures);
    assertTrue(found.hasViolation(), "the rule cannot fail");
    String report = found.getFailureReport().toString();
    assertTrue(report.contains(fixture), report);
    assertFalse(report.contains("WithinTheRules."), report);
  }
}
