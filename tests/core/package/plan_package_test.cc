#include "package/plan_package.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "package/package_zip.h"
#include "package/zip_layout.h"
#include "tests/core/components/memory_tree.h"
#include "tests/core/package/small_model.h"
#include "zip/zip.h"

namespace modelexport::package {
namespace {

using components::MemoryTree;

/// A package in memory: models, components and data files.
class Fixture final : public Inputs, public DataSizes {
 public:
  MemoryTree tree;
  std::map<std::string, std::string> data;

  Fixture& model(const std::string& name, const SmallModel& content) {
    names_.push_back(name);
    sources_.push_back(std::make_unique<MemorySource>(content.bytes(), name));
    views_.push_back(std::make_unique<onnx::ModelView>(*onnx::ModelView::open(*sources_.back())));
    return *this;
  }

  Result<PackagePlan> plan(const PackOptions& options) {
    auto components = components::plan_components(tree, {});
    if (!components) return fail(components);
    auto roles = find_roles(names_, {});
    if (!roles) return fail(roles);
    PackSources sources{{}, tree, *components, *this, {}};
    for (std::size_t i = 0; i < names_.size(); ++i)
      sources.models.push_back({names_[i], views_[i].get(), (*roles)[i]});
    return plan_package(sources, options);
  }

  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open(const InputFile& file) const override {
    if (file.origin == Origin::component) return tree.open(file.path);
    if (file.origin == Origin::data)
      return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(data.at(file.path)));
    return std::unique_ptr<ByteSource>(std::make_unique<RangeSource>(
        *sources_[file.model], ByteRange{0, sources_[file.model]->size()}, file.path));
  }
  [[nodiscard]] std::optional<std::uint64_t> size(std::size_t, const std::string& location) const override {
    const auto found = data.find(location);
    return found == data.end() ? std::nullopt : std::optional<std::uint64_t>(found->second.size());
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<MemorySource>> sources_;
  std::vector<std::unique_ptr<onnx::ModelView>> views_;
};

PackOptions options(bool optimum, bool web) {
  PackOptions out;
  out.targets = {optimum, web};
  out.title = "tiny";
  out.version = "1.0.0";
  out.card = false;
  return out;
}

std::vector<std::string> paths(const PackagePlan& plan) {
  std::vector<std::string> out;
  for (const PackageFile& file : plan.files) out.push_back(file.path);
  return out;
}

std::string text(const Fixture& inputs, const PackagePlan& plan, const std::string& path) {
  for (const PackageFile& file : plan.files) {
    if (file.path != path) continue;
    auto bytes = FileBytes::open(plan, file, inputs);
    EXPECT_TRUE(bytes);
    auto content = read_text(**bytes, 1 << 20);
    EXPECT_TRUE(content);
    return content ? *content : std::string();
  }
  ADD_FAILURE() << "no " << path;
  return {};
}

using Paths = std::vector<std::string>;

TEST(PlanPackage, OptimumHasTheModelAtTheRoot) {
  Fixture f;
  f.model("x.onnx", SmallModel{}).tree.add("config.json", components::bert_config()).add("vocab.txt", "a");
  const auto plan = f.plan(options(true, false));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(paths(*plan), (Paths{"config.json", "model.onnx", "vocab.txt"}));
  EXPECT_EQ(plan->ort_class, "ORTModelForSequenceClassification");
  EXPECT_EQ(text(f, *plan, "config.json"), components::bert_config()) << "byte for byte";
  EXPECT_TRUE(std::all_of(plan->files.begin(), plan->files.end(), [](const auto& x) { return x.is_copy(); }));
}

TEST(PlanPackage, TheWebLayoutSaysWhichFileIsOpened) {
  Fixture f;
  f.model("model_q4.onnx", SmallModel{}).tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(false, true));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(paths(*plan), (Paths{"config.json", "onnx/model_q4.onnx"}));
  EXPECT_NE(text(f, *plan, "config.json").find(R"("transformers.js_config": {"dtype":"q4"})"),
            std::string::npos);
}

TEST(PlanPackage, TheUsualVariantsNeedNoConfiguration) {
  Fixture f;
  f.model("model.onnx", SmallModel{}).model("model_quantized.onnx", SmallModel{});
  f.tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(true, true));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(text(f, *plan, "config.json"), components::bert_config());
  EXPECT_EQ(plan->choices.size(), 3U);
}

TEST(PlanPackage, DataFilesBecomeOneSibling) {
  SmallModel model;
  model.external = {{"one.bin", 4, 12}, {"two.bin", 0, 12}, {"one.bin", 4, 12}};
  Fixture f;
  f.data = {{"one.bin", "skipfirst-tensor"}, {"two.bin", "other-tensor"}};
  f.model("model.onnx", model).tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(true, false));
  ASSERT_TRUE(plan) << plan.error().message;
  const std::string data = text(f, *plan, "model.onnx_data");
  EXPECT_EQ(data.size(), 64U + 12U) << "equal ranges once, aligned";
  EXPECT_EQ(data.substr(0, 12), "first-tensor");
  EXPECT_EQ(data.substr(64), "other-tensor");
  const MemorySource edited(text(f, *plan, "model.onnx"));
  const auto view = onnx::ModelView::open(edited);
  ASSERT_TRUE(view);
  const auto files = onnx::external_files(*view, onnx::ExternalScope::everything);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ(files->front().location, "model.onnx_data");
  EXPECT_EQ(files->front().uses[0].offset, 0U);
  EXPECT_EQ(files->front().uses[1].offset, 64U);
  EXPECT_EQ(files->front().uses[2].offset, 0U);
}

TEST(PlanPackage, AWholeDataFileIsCopiedAsItIs) {
  SmallModel model;
  model.external = {{"weights", 0, 12}, {"weights", 12, 12}};
  Fixture f;
  f.data = {{"weights", std::string(24, 'w')}};
  f.model("model.onnx", model).tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(true, false));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(text(f, *plan, "model.onnx_data"), f.data["weights"]);
}

TEST(PlanPackage, DataThatIsNotThereIsRefused) {
  for (const std::uint64_t offset : {std::uint64_t{8}, ~std::uint64_t{0} - 4}) {
    SmallModel model;
    model.external = {{"weights", offset, 12}};
    Fixture f;
    f.data = {{"weights", std::string(12, 'w')}};
    f.model("model.onnx", model).tree.add("config.json", components::bert_config());
    const auto plan = f.plan(options(true, false));
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, ErrorCode::pack_data);
  }
}

TEST(PlanPackage, TheZipHoldsThePlansBytesAndIsDeterministic) {
  Fixture f;
  f.model("model.onnx", SmallModel{}).tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(true, true));
  ASSERT_TRUE(plan);
  MemorySink once;
  MemorySink again;
  const auto manifest = write_zip(*plan, f, once, no_progress());
  ASSERT_TRUE(manifest) << manifest.error().message;
  ASSERT_TRUE(write_zip(*plan, f, again, no_progress()));
  EXPECT_EQ(once.bytes(), again.bytes());
  const MemorySource bytes(once.bytes());
  const auto zip = zip::Archive::open(bytes, {});
  ASSERT_TRUE(zip) << zip.error().message;
  ASSERT_EQ(zip->entries().size(), plan->files.size() + 1);
  for (std::size_t i = 0; i < plan->files.size(); ++i) {
    EXPECT_EQ(zip->entries()[i].name, plan->files[i].path);
    EXPECT_EQ(*zip->read_text(zip->entries()[i], 1 << 20), text(f, *plan, plan->files[i].path));
  }
  EXPECT_EQ(zip->entries().back().name, kManifestName);
  EXPECT_EQ(*zip->read_text(zip->entries().back(), 1 << 20), manifest_text(*manifest));
}

TEST(PlanPackage, TheZipsPiecesAreItsBytes) {
  SmallModel model;
  model.external = {{"one.bin", 4, 12}, {"two.bin", 0, 12}};
  Fixture f;
  f.data = {{"one.bin", "skipfirst-tensor"}, {"two.bin", std::string(3 << 20, 'x')}};
  f.model("model.onnx", model).tree.add("config.json", components::bert_config()).add("vocab.txt", "");
  const auto plan = f.plan(options(true, false));
  ASSERT_TRUE(plan) << plan.error().message;
  MemorySink zip;
  ASSERT_TRUE(write_zip(*plan, f, zip, no_progress()));
  std::vector<Sums> sums;
  for (const PackageFile& file : plan->files) {
    const auto bytes = FileBytes::open(*plan, file, f);
    ASSERT_TRUE(bytes);
    FileSums running(**bytes);
    while (*running.step() > 0) {
    }
    sums.push_back(running.sums());
  }
  const auto layout = layout_zip(*plan, sums);
  ASSERT_TRUE(layout) << layout.error().message;
  EXPECT_EQ(layout->size, zip.bytes().size());
  MemorySink whole;
  for (const Piece& piece : layout->pieces) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      ASSERT_TRUE(whole.append(*literal));
      continue;
    }
    const InputRange& range = std::get<InputRange>(piece);
    const auto input = f.open(plan->inputs[range.input]);
    ASSERT_TRUE(input);
    ASSERT_TRUE(copy_range(**input, range.range, whole));
  }
  EXPECT_EQ(whole.bytes(), zip.bytes());
  EXPECT_FALSE(layout_zip(*plan, {})) << "every file needs its checksum";
}

TEST(PlanPackage, PathsInDocStringsAndStackTracesStayAtHome) {
  SmallModel model;
  model.docs = {"/home/ada/net.py(12): forward", "adds a bias", "C:\\Users\\ada\\net.py"};
  Fixture f;
  f.model("model.onnx", model).tree.add("config.json", components::bert_config());
  const auto plan = f.plan(options(true, false));
  ASSERT_TRUE(plan) << plan.error().message;
  const std::string cleaned = text(f, *plan, "model.onnx");
  EXPECT_EQ(cleaned.find("ada"), std::string::npos);
  EXPECT_NE(cleaned.find("adds a bias"), std::string::npos);
  const MemorySource edited(cleaned);
  EXPECT_EQ(onnx::ModelView::open(edited)->graph().nodes.size(), 3U);
  for (const PackageFile& file : plan->files) {
    if (file.path != "model.onnx") continue;
    ASSERT_EQ(file.edits.size(), 2U);
    EXPECT_EQ(file.edits[0], "doc_string of 2 nodes: removed, paths of the exporting machine are in it");
    EXPECT_EQ(file.edits[1], "metadata of 2 nodes: removed, paths of the exporting machine are in it");
  }
  PackOptions keep = options(true, false);
  keep.keep_paths = true;
  const auto kept = f.plan(keep);
  ASSERT_TRUE(kept);
  EXPECT_NE(text(f, *kept, "model.onnx").find("/home/ada"), std::string::npos);
}

TEST(PlanPackage, NamesThatSystemsConfuseAreRefused) {
  Fixture f;
  f.model("model.onnx", SmallModel{}).tree.add("config.json", components::bert_config());
  f.tree.add("LICENSE", "a").add("license", "b");
  const auto plan = f.plan(options(true, false));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::pack_name);
}

TEST(PlanPackage, ATaskThatDoesNotFitIsRefusedAndAGuessReplaced) {
  SmallModel model;
  model.outputs = {"last_hidden_state"};
  Fixture f;
  f.model("model.onnx", model).tree.add("config.json", components::bert_config());
  const auto guessed = f.plan(options(true, false));
  ASSERT_TRUE(guessed);
  EXPECT_EQ(guessed->ort_class, "ORTModelForFeatureExtraction");
  PackOptions insisting = options(true, false);
  insisting.task = "text-classification";
  const auto refused = f.plan(insisting);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::pack_class);
}

}  // namespace
}  // namespace modelexport::package
