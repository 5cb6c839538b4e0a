package org.reasonrft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between packages; README.md draws them. */
@AnalyzeClasses(packages = "org.reasonrft", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule ARROWS_POINT_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy("org.reasonrft.cli..")
            .layer("report")
            .definedBy("org.reasonrft.report..")
            .layer("train")
            .definedBy("org.reasonrft.train..")
            .layer("eval")
            .definedBy("org.reasonrft.eval..")
            .layer("rollout")
            .definedBy("org.reasonrft.rollout..")
            .layer("reward")
            .definedBy("org.reasonrft.reward..")
            .layer("data")
            .definedBy("org.reasonrft.data..")
            .layer("model")
            .definedBy("org.reasonrft.model..")
            .layer("text")
            .definedBy("org.reasonrft.text..")
            .layer("vision")
            .definedBy("org.reasonrft.vision..")
            .layer("torch")
            .definedBy("org.reasonrft.torch..")
            .layer("run")
            .definedBy("org.reasonrft.run..")
            .layer("io")
            .definedBy("org.reasonrft.io..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("train")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("eval")
            .mayOnlyBeAccessedByLayers("cli", "train")
            .whereLayer("rollout")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval")
            .whereLayer("reward")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval")
            .whereLayer("data")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval", "reward")
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval", "rollout")
            .whereLayer("text")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval", "rollout", "model")
            .whereLayer("vision")
            .mayOnlyBeAccessedByLayers("rollout", "model")
            .whereLayer("torch")
            .mayOnlyBeAccessedByLayers("cli", "train", "eval", "rollout", "model", "vision")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("cli", "report", "train")
            .whereLayer("io")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("org.reasonrft.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_TENSOR_VIEWS_HANDS_TENSORS_TO_THE_KERNELS = noClasses()
            .that()
            .resideOutsideOfPackages("org.reasonrft.kernels..", "org.reasonrft.torch..")
            .should()
            .callMethod(org.bytedeco.pytorch.Tensor.class, "data_ptr");

    @ArchTest
    static final ArchRule DATA_REWARDS_AND_RUNS_KNOW_NO_TORCH = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.reasonrft.data..",
                    "org.reasonrft.reward..",
                    "org.reasonrft.run..",
                    "org.reasonrft.report..",
                    "org.reasonrft.text..",
                    "org.reasonrft.io..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule KERNELS_DEPEND_ON_JAVACPP_ALONE = noClasses()
            .that()
            .resideInAPackage("org.reasonrft.kernels..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("java..", "org.bytedeco.javacpp..", "org.reasonrft.kernels..");
}
