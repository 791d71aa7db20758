// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests with a VT-d unit of their own: what their invalidation descriptors do,
 * which of them are refused, and which faults they hear of.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/iommufdx.h>
#include "nested_rig.h"

#define VSID		0x1234
#define DID		7
#define DID2		9
#define NESTED		IOMMUFDX_HWPT_DATA_VTD

typedef struct iommufdx_viommu_vtd_invalidate desc_t;

static struct rig_names names[2];
static struct iommufdx_viommu *viommu[2];

static struct iommufdx_viommu *viommu_make(struct guest *guest,
					   struct rig_names *of)
{
	const struct iommufdx_user_data data = {
		.type = IOMMUFDX_VIOMMU_TYPE_VTD,
	};

	memset(of, 0, sizeof(*of));
	pthread_mutex_init(&of->lock, NULL);
	return rig_ops->viommu_alloc(&dev, guest->parent, of, &data);
}

static void name(unsigned int i, struct iommufdx_master *master, u64 vsid)
{
	names[i].vdev[0] = (struct iommufdx_vdevice){
		.viommu = viommu[i],
		.master = master,
		.virt_id = vsid,
	};
	CHECK_EQ(viommu[i]->ops->vdevice_init(&names[i].vdev[0]), 0);
}

/* Both guests have one device, by the same name. */
static void viommus_start(u32 flags)
{
	start(flags);
	viommu[0] = viommu_make(&g, &names[0]);
	viommu[1] = viommu_make(&g2, &names[1]);
	REQUIRE(!IS_ERR(viommu[0]) && !IS_ERR(viommu[1]));
	name(0, &dev, VSID);
	name(1, &dev2, VSID);
}

static void viommus_stop(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		viommu[i]->ops->vdevice_destroy(&names[i].vdev[0]);
		viommu[i]->ops->free(viommu[i]);
	}
	stop();
}

static struct iommufdx_domain *alloc_arg(unsigned int i,
					 struct iommufdx_hwpt_vtd *arg, u32 type,
					 size_t len)
{
	const struct iommufdx_user_data data = {
		.type = type,
		.uptr = arg,
		.len = len,
	};

	return viommu[i]->ops->alloc_nested(viommu[i], IOMMU_HWPT_ALLOC_PASID,
					    &data);
}

static struct iommufdx_domain *nest(unsigned int i, u16 did)
{
	struct iommufdx_hwpt_vtd arg = {
		.s1 = { .pgtbl_addr = GPA, .addr_width = 48 },
		.did = did,
	};
	struct iommufdx_domain *domain = alloc_arg(i, &arg, NESTED, sizeof(arg));

	if (IS_ERR(domain))
		abort();
	return domain;
}

static int inv(unsigned int i, const desc_t *descs, unsigned int nr,
	       unsigned int *done)
{
	return invalidate(viommu[i]->ops->inv, viommu[i], descs, nr, done);
}

static int inv_one(unsigned int i, u64 word0, u64 word1)
{
	const desc_t desc = { { word0, word1 } };
	unsigned int done;
	int rc = inv(i, &desc, 1, &done);

	CHECK_EQ(done, !rc);
	return rc;
}

/* Descriptors by the numbers of section 6.5.2. */
static u64 iotlb(unsigned int granularity, u16 did)
{
	return 0x2 | granularity << 4 | (u64)did << 16;
}

static u64 pasid_iotlb(unsigned int granularity, u16 did, u32 pasid)
{
	return 0x6 | granularity << 4 | (u64)did << 16 | (u64)pasid << 32;
}

static u64 dev_tlb(u16 sid)
{
	return 0x3 | (u64)sid << 32;
}

static u64 pasid_dev_tlb(u16 sid, u32 pasid)
{
	return 0x8 | (u64)sid << 16 | (u64)pasid << 32;
}

#define DEV_TLB_ALL	0x7ffffffffffff001ULL
#define PDEV_TLB_ALL	0x7ffffffffffff800ULL

/* ---- What a guest may write ---- */

static bool bit_of_device(unsigned int type, unsigned int w, unsigned int bit)
{
	return !w && ((type == 0x3 && bit >= 32 && bit < 48) ||
		      (type == 0x8 && bit >= 16 && bit < 32));
}

static bool bit_allowed(unsigned int type, unsigned int w, unsigned int bit)
{
	if (w > 1)
		return false;
	switch (type) {
	case 0x2:
		if (w)
			return bit < 5 || bit == 6 || bit >= 12;
		/* Bit 4 makes 3 of 2, and bit 5 nothing of it. */
		return bit == 4 || bit == 6 || bit == 7 ||
		       (bit >= 16 && bit < 32);
	case 0x6:
		if (w)
			return bit < 5 || bit == 6 || bit >= 12;
		return bit == 4 || (bit >= 16 && bit < 52);
	case 0x3:
		if (w)
			return !bit || bit >= 12;
		return (bit >= 12 && bit < 21) || bit >= 52;
	case 0x8:
		if (w)
			return !bit || bit >= 11;
		return (bit >= 4 && bit < 9) || (bit >= 12 && bit < 16) ||
		       bit >= 32;
	}
	return false;
}

/* Every type, and every bit beside a good descriptor. */
static void every_bit_of_a_descriptor_is_checked(void)
{
	const u64 good[] = {
		iotlb(2, DID), pasid_iotlb(2, DID, 5), dev_tlb(VSID),
		pasid_dev_tlb(VSID, 5),
	};
	unsigned int type, i, w, bit, done;
	struct iommufdx_domain *n;
	bool ok;

	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, 5, n), 0);
	for (type = 0; type < 16; type++)
		CHECK_EQ(inv_one(0, type | 2 << 4, 0),
			 type == 2 || type == 6 ? 0 :
			 type == 8 ? -ENXIO : -EIO);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		for (w = 0; w < 4; w++) {
			for (bit = w ? 0 : 4; bit < 64; bit++) {
				desc_t three[3] = { { { good[i] } },
						    { { good[i] } },
						    { { good[i] } } };

				three[1].desc[w] ^= BIT_ULL(bit);
				ok = bit_allowed(good[i] & 0xf, w, bit);
				if (!inv(0, three, 3, &done) != ok)
					printf("# %#llx word %u bit %u\n",
					       (unsigned long long)good[i], w,
					       bit);
				CHECK_EQ(inv(0, three, 3, &done), ok ? 0 :
					 bit_of_device(good[i] & 0xf, w, bit) ?
					 -ENXIO : -EIO);
				CHECK_EQ(done, ok ? 3 : 1);
			}
		}
	}
	/* As many pages as there are in no address space. */
	CHECK_EQ(inv_one(0, pasid_iotlb(3, DID, 5), 63), -EIO);
	/* Granularities that are reserved. */
	CHECK_EQ(inv_one(0, iotlb(0, DID), 0), -EIO);
	CHECK_EQ(inv_one(0, pasid_iotlb(0, DID, 5), 0), -EIO);
	CHECK_EQ(inv_one(0, pasid_iotlb(1, DID, 5), 0), -EIO);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

static void every_field_of_a_table_is_checked(void)
{
	const struct iommufdx_hwpt_vtd good = {
		.s1 = { .pgtbl_addr = GPA, .addr_width = 48 },
		.did = U16_MAX,
	};
	struct iommufdx_hwpt_vtd arg = good;
	struct iommufdx_user_data data = {};
	struct iommufdx_domain *n;
	unsigned int bit;

	viommus_start(0);
	n = alloc_arg(0, &arg, NESTED, sizeof(arg));
	REQUIRE(!IS_ERR(n));
	domain_drop(n);
	for (bit = 0; bit < 32; bit++) {
		arg = good;
		arg.__reserved = BIT(bit);
		CHECK_EQ(PTR_ERR(alloc_arg(0, &arg, NESTED, sizeof(arg))),
			 -EOPNOTSUPP);
		arg = good;
		arg.s1.__reserved = BIT(bit);
		CHECK_EQ(PTR_ERR(alloc_arg(0, &arg, NESTED, sizeof(arg))),
			 -EOPNOTSUPP);
		arg = good;
		arg.did = BIT(bit);
		n = alloc_arg(0, &arg, NESTED, sizeof(arg));
		CHECK_EQ(IS_ERR(n), bit >= 16);
		if (!IS_ERR(n))
			domain_drop(n);
	}
	arg = good;
	arg.s1.pgtbl_addr = 1ULL << 48;
	CHECK_EQ(PTR_ERR(alloc_arg(0, &arg, NESTED, sizeof(arg))), -EINVAL);
	arg = good;
	CHECK_EQ(PTR_ERR(alloc_arg(0, &arg, S1, sizeof(arg))), -EINVAL);
	CHECK_EQ(PTR_ERR(alloc_arg(0, &arg, NESTED, sizeof(arg) - 1)), -EINVAL);

	data.type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3;
	CHECK_EQ(PTR_ERR(rig_ops->viommu_alloc(&dev, g.parent, &names[0],
					       &data)), -EOPNOTSUPP);
	data.type = IOMMUFDX_VIOMMU_TYPE_VTD;
	data.len = 8;
	CHECK_EQ(PTR_ERR(rig_ops->viommu_alloc(&dev, g.parent, &names[0],
					       &data)), -EINVAL);
	viommus_stop();
}

static void names_are_needed(void)
{
	struct iommufdx_vdevice long_name = {
		.master = &dev, .virt_id = 0x10000,
	};
	struct iommufdx_domain *n;

	viommus_start(0);
	n = nest(0, DID);
	long_name.viommu = viommu[0];
	CHECK_EQ(viommu[0]->ops->vdevice_init(&long_name), -EINVAL);
	CHECK_EQ(attach(&dev2, NO_PASID, n), -ENOENT);
	CHECK_EQ(attach(&dev2, 5, n), -ENOENT);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	/* Names of others, real ones and none. */
	CHECK_EQ(inv_one(0, dev_tlb(dev.rid), DEV_TLB_ALL), -ENXIO);
	CHECK_EQ(inv_one(0, dev_tlb(VSID + 1), DEV_TLB_ALL), -ENXIO);
	CHECK_EQ(inv_one(0, pasid_dev_tlb(dev2.rid, 0), PDEV_TLB_ALL), -ENXIO);
	domain_drop(n);
	viommus_stop();
}

/* ---- What descriptors do ---- */

/*
 * The guest's table leads IOVA and the page behind it elsewhere; two domains have
 * it: DID for requests without PASID and for PASID 5, DID2 for PASID 6. So there
 * is something stale for each of the three: a descriptor drops those of @want, a
 * mask, and none of the other guest's.
 */
static void descriptor_drops(u64 word0, u64 word1, unsigned int want)
{
	static const u32 pasid[] = { NO_PASID, 5, 6 };
	struct iommufdx_domain *a, *b, *other;
	unsigned int i;
	u64 val;

	viommus_start(0);
	a = nest(0, DID);
	b = nest(0, DID2);
	other = nest(1, DID);
	for (i = 0; i < 2; i++) {
		guest_set(&g, IOVA + i * PAGE_SIZE, DATA + i);
		guest_set(&g2, IOVA + i * PAGE_SIZE, DATA + i);
		page_at(g.page[DATA + i])[0] = i;
	}
	for (i = 0; i < 3; i++) {
		CHECK_EQ(attach(&dev, pasid[i], i < 2 ? a : b), 0);
		CHECK_EQ(attach(&dev2, pasid[i], other), 0);
		CHECK_EQ(dma_read(&dev, pasid[i], IOVA, &val), 0);
		CHECK_EQ(dma_read(&dev2, pasid[i], IOVA, &val), 0);
	}
	guest_set(&g, IOVA, DATA + 1);
	CHECK_EQ(model_check(m.model), 3);
	/* The other guest's same words do nothing here. */
	CHECK_EQ(inv_one(1, word0, word1), 0);
	CHECK_EQ(model_check(m.model), 3);
	CHECK_EQ(inv_one(0, word0, word1), 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(dma_read(&dev, pasid[i], IOVA, &val), 0);
		CHECK_EQ(val, want >> i & 1);
	}
	CHECK_EQ(inv_one(0, iotlb(1, 0), 0), 0);
	CHECK_EQ(model_check(m.model), 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(attach(&dev, pasid[i], NULL), 0);
		CHECK_EQ(attach(&dev2, pasid[i], NULL), 0);
	}
	domain_drop(a);
	domain_drop(b);
	domain_drop(other);
	viommus_stop();
}

static void descriptors_reach_what_they_name(void)
{
	descriptor_drops(iotlb(1, 0), 0, 7);
	descriptor_drops(iotlb(2, DID), 0, 3);
	descriptor_drops(iotlb(2, DID2), 0, 4);
	descriptor_drops(iotlb(2, DID + 64), 0, 0);
	descriptor_drops(iotlb(3, DID), IOVA, 3);
	descriptor_drops(pasid_iotlb(2, DID, 0), 0, 1);
	descriptor_drops(pasid_iotlb(2, DID, 5), 0, 2);
	descriptor_drops(pasid_iotlb(2, DID, 6), 0, 0);
	descriptor_drops(pasid_iotlb(2, DID + 64, 5), 0, 0);
	descriptor_drops(pasid_iotlb(2, DID2, 6), 0, 4);
	descriptor_drops(pasid_iotlb(3, DID, 5), IOVA, 2);
	descriptor_drops(pasid_iotlb(3, DID, 5), IOVA | 1 << 6, 2);
	descriptor_drops(pasid_iotlb(3, DID, 5), IOVA | 3, 2);
	descriptor_drops(pasid_iotlb(3, DID, 5), IOVA + PAGE_SIZE, 0);
}

/* Two HWPTs of one guest's DID: a descriptor means both. */
static void domains_may_share_a_did(void)
{
	struct iommufdx_domain *a, *b;
	u64 val;

	viommus_start(0);
	a = nest(0, DID);
	b = nest(0, DID);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, 1, a), 0);
	CHECK_EQ(attach(&dev, 2, b), 0);
	CHECK_EQ(dma_read(&dev, 1, IOVA, &val), 0);
	CHECK_EQ(dma_read(&dev, 2, IOVA, &val), 0);
	guest_set(&g, IOVA, DATA + 1);
	CHECK_EQ(inv_one(0, iotlb(2, DID), 0), 0);
	CHECK_EQ(model_check(m.model), 0);
	/* One goes, the other is still found. */
	CHECK_EQ(attach(&dev, 2, NULL), 0);
	domain_drop(b);
	CHECK_EQ(dma_read(&dev, 1, IOVA, &val), 0);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(inv_one(0, pasid_iotlb(3, DID, 1), IOVA), 0);
	CHECK_EQ(model_check(m.model), 0);
	CHECK_EQ(attach(&dev, 1, NULL), 0);
	domain_drop(a);
	viommus_stop();
}

static void device_caches_are_the_guests_care(void)
{
	struct iommufdx_domain *n;
	desc_t two[2];
	unsigned int done;

	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	CHECK_EQ(attach(&dev, 6, n), 0);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 1), 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 2), 0);
	guest_set(&g, IOVA, 0);
	CHECK_EQ(inv_one(0, iotlb(1, 0), 0), 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 3), 0);
	/* The host's PFSID, whatever the guest says. */
	CHECK_EQ(inv_one(0, pasid_dev_tlb(VSID, 6) | 0xfff0000000000000ULL,
			 PDEV_TLB_ALL), 0);
	CHECK_EQ(atc_write(atc, 6, IOVA, 4), -EFAULT);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 5), 0);
	CHECK_EQ(inv_one(0, dev_tlb(VSID), DEV_TLB_ALL), 0);
	CHECK_EQ(atc_write(atc, NO_PASID, IOVA, 6), -EFAULT);

	/* In one batch the device comes last, however the guest wrote it. */
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(atc_write(atc, 6, IOVA, 7), 0);
	guest_set(&g, IOVA, 0);
	two[0] = (desc_t){ { pasid_dev_tlb(VSID, 0), PDEV_TLB_ALL | 1 } };
	two[1] = (desc_t){ { pasid_iotlb(3, DID, 6), IOVA } };
	CHECK_EQ(inv(0, two, 2, &done), 0);
	CHECK_EQ(done, 2);
	CHECK_EQ(atc_write(atc, 6, IOVA, 8), -EFAULT);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	CHECK_EQ(attach(&dev, 6, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

static void neighbours_and_repetitions_are_merged(void)
{
	struct iommufdx_domain *n;
	unsigned int i, done;
	desc_t many[256];
	u64 before;

	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, 5, n), 0);
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (desc_t){ { pasid_iotlb(3, DID, 5),
				      IOVA + (i ^ 1) % 128 * PAGE_SIZE } };
	before = commands(VTD_INV_PASID_IOTLB);
	CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK(commands(VTD_INV_PASID_IOTLB) - before <= 4);
	/* Far apart, in more ranges than one batch has. */
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i].desc[1] = IOVA + i * 0x200000ULL;
	before = commands(VTD_INV_PASID_IOTLB);
	CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_PASID_IOTLB), before + 256);
	/* Sixteen of them, over and over. */
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i].desc[1] = IOVA + i % 16 * 0x200000ULL;
	before = commands(VTD_INV_PASID_IOTLB);
	CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_PASID_IOTLB), before + 16);
	/* The domain holds its ranges, before it and behind. */
	many[1].desc[0] = iotlb(2, DID);
	before = commands(VTD_INV_PASID_IOTLB) + commands(VTD_INV_IOTLB);
	CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_PASID_IOTLB) + commands(VTD_INV_IOTLB),
		 before + 1);
	/* More domains than a batch has. */
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (desc_t){ { iotlb(2, i) } };
	before = commands(VTD_INV_IOTLB);
	CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), 0);
	CHECK_EQ(done, 256);
	CHECK_EQ(commands(VTD_INV_IOTLB), before + 1);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

/*
 * Pages that come one after the other, and one among them that has a bit changed:
 * it is judged as it is by itself, and those behind it are left when it is bad.
 */
static void odd_one_among_pages_is_found(void)
{
	const desc_t page = { { pasid_iotlb(3, DID, 5), IOVA | 1 << 6 } };
	unsigned int i, w, bit, done;
	struct iommufdx_domain *n;
	desc_t many[64], odd;
	u64 before;
	int rc;

	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, 5, n), 0);
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = page;
		many[i].desc[1] += 3 * i * PAGE_SIZE;
	}
	for (w = 0; w < 4; w++) {
		for (bit = 0; bit < 64; bit++) {
			odd = many[40];
			odd.desc[w] ^= BIT_ULL(bit);
			CHECK_EQ(inv_one(0, page.desc[0], page.desc[1]), 0);
			rc = inv(0, &odd, 1, &done);
			swap(many[40], odd);
			before = commands(VTD_INV_PASID_IOTLB);
			CHECK_EQ(inv(0, many, ARRAY_SIZE(many), &done), rc);
			CHECK_EQ(done, rc ? 40 : ARRAY_SIZE(many));
			if (rc)
				CHECK_EQ(commands(VTD_INV_PASID_IOTLB),
					 before + 40);
			swap(many[40], odd);
		}
	}
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

/* What each descriptor evicts by itself is evicted by a batch of them. */
static void random_batches_leave_nothing_stale(void)
{
	struct tap_rng rng = { tap_env("SEED", 0x5eed) };
	unsigned int i, j, page = 0, done, nr;
	const u64 va = IOVA & ~0x1fffffULL;
	struct iommufdx_domain *n;
	desc_t descs[600];
	bool changed[512];
	u64 val;

	printf("# SEED=%llu\n", (unsigned long long)rng.state);
	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, 5, n), 0);
	for (i = 0; i < 90; i++) {
		memset(changed, 0, sizeof(changed));
		for (j = 0; j < 512; j++) {
			guest_set(&g, va + j * PAGE_SIZE, DATA);
			dma_read(&dev, 5, va + j * PAGE_SIZE, &val);
		}
		nr = i ? 1 + tap_below(&rng, ARRAY_SIZE(descs)) : 257;
		for (j = 0; j < nr; j++) {
			/* Rising mostly, or in a row mostly, or anyhow. */
			page = (page + 1 + (i % 3 ? 0 : tap_below(&rng, 3))) % 512;
			if (i % 3 == 2 || !tap_below(&rng, 30))
				page = tap_below(&rng, 512);
			/* First, as many as a list holds, and a neighbour. */
			if (!i)
				page = j < 256 ? 2 * j : 511;
			changed[page] = true;
			descs[j] = (desc_t){ { pasid_iotlb(3, DID, 5),
					       va + page * PAGE_SIZE } };
			if (!i)
				continue;
			if (tap_below(&rng, 30) == 0)
				descs[j].desc[1] |= 1 << 6;
			if (tap_below(&rng, 30) == 0)
				descs[j].desc[1] |= 1;
			if (tap_below(&rng, 400) == 0)
				descs[j].desc[0] = iotlb(2, DID);
		}
		for (j = 0; j < 512; j++)
			if (changed[j])
				guest_set(&g, va + j * PAGE_SIZE, DATA + 1);
		CHECK_EQ(inv(0, descs, nr, &done), 0);
		CHECK_EQ(done, nr);
		CHECK_EQ(model_check(m.model), 0);
		CHECK_EQ(inv_one(0, iotlb(1, 0), 0), 0);
	}
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

static void device_time_out_is_told(void)
{
	const desc_t three[] = { { { iotlb(1, 0) } },
				 { { dev_tlb(VSID), DEV_TLB_ALL } },
				 { { iotlb(1, 0) } } };
	struct iommufdx_domain *n;
	unsigned int done = 0;
	u64 iotlbs;

	viommus_start(0);
	n = nest(0, DID);
	CHECK_EQ(attach(&dev, NO_PASID, n), 0);
	shim_quiet(true);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, MODEL_ATC_SILENT);
	iotlbs = commands(VTD_INV_IOTLB);
	CHECK_EQ(inv(0, three, 3, &done), -ETIMEDOUT);
	/* It is known which; the one before was carried out, not the one behind. */
	CHECK_EQ(done, 1);
	CHECK_EQ(commands(VTD_INV_IOTLB), iotlbs + 1);
	model_set_knob(m.model, MODEL_KNOB_ATC_TIMEOUT, 0);
	shim_quiet(false);
	CHECK_EQ(inv(0, three, 3, &done), 0);
	CHECK_EQ(done, 3);
	CHECK_EQ(attach(&dev, NO_PASID, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

/*
 * A guest that changes its table at random and says so in one of the ways there
 * are; the model compares all that is cached with memory.
 */
static void random_changes_leave_nothing_stale(void)
{
	static const u32 pasid[] = { NO_PASID, 3 };
	struct iommufdx_domain *n[2];
	struct tap_rng rng = { tap_env("SEED", 1) };
	unsigned int i, j, first, nr, done;
	desc_t desc[8];
	u64 val;

	printf("# SEED=%llu\n", (unsigned long long)rng.state);
	viommus_start(0);
	for (i = 0; i < 2; i++) {
		n[i] = nest(0, DID + i);
		CHECK_EQ(attach(&dev, pasid[i], n[i]), 0);
	}
	for (i = 0; i < 3000; i++) {
		u64 x = tap_rand(&rng);

		first = x % 24;
		nr = 1 + (x >> 8) % 4;
		for (j = 0; j < nr; j++)
			guest_set(&g, IOVA + (first + j) * PAGE_SIZE,
				  tap_rand(&rng) % 3 ? DATA + tap_rand(&rng) % 8 : 0);
		switch ((x >> 16) % 4) {
		case 0:
			desc[0] = (desc_t){ { iotlb(1, 0) } };
			CHECK_EQ(inv(0, desc, 1, &done), 0);
			break;
		case 1:
			for (j = 0; j < 2; j++)
				desc[j] = (desc_t){ { iotlb(2, DID + j) } };
			CHECK_EQ(inv(0, desc, 2, &done), 0);
			break;
		case 2:
			for (j = 0; j < 2; j++)
				desc[j] = (desc_t){ { pasid_iotlb(2, DID + j,
							pasid[j]) } };
			CHECK_EQ(inv(0, desc, 2, &done), 0);
			break;
		default:
			for (j = 0; j < 2 * nr; j++)
				desc[j] = (desc_t){ {
					pasid_iotlb(3, DID + j % 2,
						    pasid[j % 2]),
					(IOVA + (first + j / 2) * PAGE_SIZE) |
					(x >> 20 & 1) << 6 } };
			CHECK_EQ(inv(0, desc, 2 * nr, &done), 0);
		}
		for (j = 0; j < 4; j++)
			dma_read(&dev, pasid[j % 2],
				 IOVA + tap_rand(&rng) % 28 * PAGE_SIZE, &val);
		CHECK_EQ(model_check(m.model), 0);
	}
	for (i = 0; i < 2; i++) {
		CHECK_EQ(attach(&dev, pasid[i], NULL), 0);
		domain_drop(n[i]);
	}
	viommus_stop();
}

/* ---- Faults ---- */

/* What the host was told, and what the guest, since the machine was started. */
static void expect_faults(long host, unsigned int guest)
{
	unsigned int events = 0, i;

	machine_settle(&m);
	/* A record is free before it is reported. */
	machine_wait(&m, m.faults == host);
	for (i = 0; i < 30000 && events != guest; i++) {
		rig_sleep();
		pthread_mutex_lock(&names[0].lock);
		events = names[0].events;
		pthread_mutex_unlock(&names[0].lock);
	}
	CHECK_EQ(events, guest);
	CHECK_EQ(names[1].events, 0);
}

static void faults_arrive_with_the_guests_name(void)
{
	struct iommufdx_domain *n;
	long host;

	viommus_start(0);
	host = m.faults;
	n = nest(0, DID);
	guest_set(&g, IOVA, DATA);
	CHECK_EQ(attach(&dev, 5, n), 0);
	CHECK_EQ(dma_write(&dev, 5, IOVA + PAGE_SIZE + 8, 1), -EFAULT);
	expect_faults(host, 1);
	CHECK_EQ(names[0].event_type, IOMMUFDX_VEVENTQ_TYPE_VTD);
	CHECK_EQ(names[0].event[0], IOVA + PAGE_SIZE);
	CHECK_EQ(names[0].event[1] & 0xffff, VSID);
	CHECK_EQ(names[0].event[1] >> 32 & 0xff, 0x71);
	CHECK_EQ(names[0].event[1] >> 40 & 0xfffff, 5);
	CHECK(names[0].event[1] >> 31 & 1);
	/* A PASID that the guest has not given a table. */
	CHECK_EQ(dma_write(&dev, 8, IOVA, 1), -EFAULT);
	expect_faults(host, 2);
	CHECK_EQ(names[0].event[1] >> 32 & 0xff, 0x59);
	/* Memory that the guest does not have is the host's affair. */
	page_at(g.page[3])[index_of(IOVA, 1) + 2] =
		(GPA + PAGES * PAGE_SIZE) | PTE;
	CHECK_EQ(dma_write(&dev, 5, IOVA + 2 * PAGE_SIZE, 1), -EFAULT);
	expect_faults(++host, 2);
	/* So is what is not nested. */
	CHECK_EQ(attach(&dev, 6, g.parent), 0);
	CHECK_EQ(dma_write(&dev, 6, IOVA, 1), -EFAULT);
	expect_faults(++host, 2);
	CHECK_EQ(attach(&dev, 6, NULL), 0);
	/* Nobody listens; and then it has no name any more. */
	names[0].deaf = true;
	CHECK_EQ(dma_write(&dev, 5, IOVA + PAGE_SIZE, 1), -EFAULT);
	expect_faults(++host, 2);
	names[0].deaf = false;
	viommu[0]->ops->vdevice_destroy(&names[0].vdev[0]);
	CHECK_EQ(dma_write(&dev, 5, IOVA + PAGE_SIZE, 1), -EFAULT);
	expect_faults(++host, 2);
	CHECK_EQ(attach(&dev, 5, NULL), 0);
	domain_drop(n);
	viommus_stop();
}

int main(void)
{
	TAP_RUN(every_bit_of_a_descriptor_is_checked);
	TAP_RUN(every_field_of_a_table_is_checked);
	TAP_RUN(names_are_needed);
	TAP_RUN(descriptors_reach_what_they_name);
	TAP_RUN(domains_may_share_a_did);
	TAP_RUN(device_caches_are_the_guests_care);
	TAP_RUN(neighbours_and_repetitions_are_merged);
	TAP_RUN(odd_one_among_pages_is_found);
	TAP_RUN(random_batches_leave_nothing_stale);
	TAP_RUN(device_time_out_is_told);
	TAP_RUN(random_changes_leave_nothing_stale);
	TAP_RUN(faults_arrive_with_the_guests_name);
	return tap_done();
}
